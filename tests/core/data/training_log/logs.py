"""Training logs as people have them, and what they say."""

import math
from types import MappingProxyType

NAN, INF = math.nan, math.inf

# A text, its form, what the positions are, and (positions, values) of training and of validation.
LOGS = MappingProxyType(
    {
        "Keras, with a bar": (
            "Epoch 1/50\n"
            "391/391 [=====] - 2s 5ms/step - loss: -0.3812 - val_loss: -0.3520\n"
            "Epoch 2/50\n"
            "1/391 [>..] - ETA: 3s - loss: 0.2\r391/391 [=====] - 2s 5ms/step - loss: -0.4812 - val_loss: -0.4520\n",
            "lines",
            "epoch",
            ([1, 2], [-0.3812, -0.4812]),
            ([1, 2], [-0.352, -0.452]),
        ),
        "Keras, on one line": (
            "Epoch 12/50 - loss: -0.3812 - val_loss: -0.3520\nEpoch 13/50 - loss: -0.3912 - val_loss: -0.3620",
            "lines",
            "epoch",
            ([12, 13], [-0.3812, -0.3912]),
            ([12, 13], [-0.352, -0.362]),
        ),
        "Keras, bars without epochs": (
            "391/391 ━━━━━━━━━ 2s 5ms/step - loss: 0.5 - val_loss: 0.6\n"
            "391/391 ━━━━━━━━━ 2s 5ms/step - loss: 0.4 - val_loss: 0.5",
            "lines",
            "epoch",
            ([1, 2], [0.5, 0.4]),
            ([1, 2], [0.6, 0.5]),
        ),
        "Keras, with a callback": (
            "Epoch 1/2\n"
            "10/10 - 1s - loss: 0.5 - val_loss: 0.6 - 1s/epoch - 5ms/step\n"
            "Epoch 1: val_loss improved from inf to 0.60000, saving model to best.h5\n"
            "Epoch 2/2\n"
            "10/10 - 1s - loss: 0.4 - val_loss: 0.55 - 1s/epoch\n",
            "lines",
            "epoch",
            ([1, 2], [0.5, 0.4]),
            ([1, 2], [0.6, 0.55]),
        ),
        "Train-Loss =": (
            "Epoch 7: Train-Loss = -0.41\nEpoch 8: Train-Loss = nan",
            "lines",
            "epoch",
            ([7, 8], [-0.41, NAN]),
            None,
        ),
        "in brackets": (
            "[Epoch 3] loss=0.52, val_loss=0.61\n[Epoch 4] loss=0.42, val_loss=0.51",
            "lines",
            "epoch",
            ([3, 4], [0.52, 0.42]),
            ([3, 4], [0.61, 0.51]),
        ),
        "train and val alone": (
            "epoch 3 | train 0.5 | val 0.6\nepoch 4 | train 0.4 | val 0.5",
            "lines",
            "epoch",
            ([3, 4], [0.5, 0.4]),
            ([3, 4], [0.6, 0.5]),
        ),
        "Lightning": (
            "Epoch 3: 100%|██████████| 10/10 [00:00<00:00, 55.5it/s, loss=0.52, v_num=0, val_loss=0.61]\n"
            "Epoch 4: 100%|██████████| 10/10 [00:00<00:00, 55.5it/s, loss=0.42, v_num=0, val_loss=0.51]",
            "lines",
            "epoch",
            ([3, 4], [0.52, 0.42]),
            ([3, 4], [0.61, 0.51]),
        ),
        "Hugging Face": (
            "{'loss': 0.52, 'grad_norm': 1.0, 'learning_rate': 5e-05, 'epoch': 1.0}\n"
            "{'eval_loss': 0.61, 'eval_runtime': 3.1, 'epoch': 1.0}\n"
            "{'loss': 0.42, 'learning_rate': 4e-05, 'epoch': 2.0}\n"
            "{'eval_loss': 0.51, 'epoch': 2.0}\n"
            "{'train_runtime': 3, 'train_loss': 0.47, 'epoch': 2.0}",
            "lines",
            "epoch",
            ([1, 2], [0.52, 0.42]),
            ([1, 2], [0.61, 0.51]),
        ),
        "steps": (
            "step 1000 loss 0.31\nstep 2,000 loss 0.21",
            "lines",
            "step",
            ([1000, 2000], [0.31, 0.21]),
            None,
        ),
        "XGBoost": (
            "[0]\ttrain-rmse:0.5\teval-rmse:0.6\n[1]\ttrain-rmse:0.4\teval-rmse:0.5",
            "lines",
            "step",
            ([0, 1], [0.5, 0.4]),
            ([0, 1], [0.6, 0.5]),
        ),
        "LightGBM": (
            "[10]\ttraining's l2: 0.5\tvalid_1's l2: 0.6\n[20]\ttraining's l2: 0.4\tvalid_1's l2: 0.5",
            "lines",
            "step",
            ([10, 20], [0.5, 0.4]),
            ([10, 20], [0.6, 0.5]),
        ),
        "CatBoost": (
            "0:\tlearn: 0.5\ttest: 0.6\tbest: 0.6 (0)\ttotal: 5ms\tremaining: 5s\n"
            "1:\tlearn: 0.4\ttest: 0.5\tbest: 0.5 (1)\ttotal: 5ms\tremaining: 5s",
            "lines",
            "step",
            ([0, 1], [0.5, 0.4]),
            ([0, 1], [0.6, 0.5]),
        ),
        "NGBoost": (
            "[iter 0] loss=1.40 val_loss=0.0000 scale=1.0 norm=0.9\n"
            "[iter 100] loss=1.20 val_loss=0.0000 scale=1.0 norm=0.9",
            "lines",
            "step",
            ([0, 100], [1.4, 1.2]),
            None,
        ),
        "torch's example of digits": (
            "Train Epoch: 1 [0/60000 (0%)]\tLoss: 2.300039\n"
            "Train Epoch: 1 [640/60000 (1%)]\tLoss: 2.2\n"
            "\n"
            "Test set: Average loss: 0.0573, Accuracy: 9814/10000 (98%)\n"
            "\n"
            "Train Epoch: 2 [0/60000 (0%)]\tLoss: 1.3\n"
            "Test set: Average loss: 0.04, Accuracy: 9814/10000 (98%)",
            "lines",
            "step",
            ([0, 640, 60000], [2.300039, 2.2, 1.3]),
            ([60000, 120000], [0.0573, 0.04]),
        ),
        "torch's tutorial": (
            "[1,  2000] loss: 2.218\n[1,  4000] loss: 1.9\n[2,  2000] loss: 1.8\n[2,  4000] loss: 1.7",
            "lines",
            "step",
            ([2000, 4000, 6000, 8000], [2.218, 1.9, 1.8, 1.7]),
            None,
        ),
        "torch's quickstart": (
            "Epoch 1\n"
            "-------------------------------\n"
            "loss: 2.303494  [   64/60000]\n"
            "loss: 2.294637  [ 6464/60000]\n"
            "Test Error: \n"
            " Accuracy: 44.7%, Avg loss: 2.15\n"
            "\n"
            "Epoch 2\n"
            "-------------------------------\n"
            "loss: 2.2  [   64/60000]\n"
            "loss: 2.1  [ 6464/60000]\n"
            "Test Error: \n"
            " Accuracy: 44.7%, Avg loss: 2.05\n",
            "lines",
            "step",
            ([64, 6464, 60064, 66464], [2.303494, 2.294637, 2.2, 2.1]),
            ([60000, 120000], [2.15, 2.05]),
        ),
        "nanoGPT": (
            "step 0: train loss 4.2874, val loss 4.2823\n"
            "iter 0: loss 4.2664, time 64.48ms\n"
            "iter 10: loss 4.1, time 60ms\n"
            "iter 20: loss 4.0, time 60ms",
            "lines",
            "step",
            ([0, 10, 20], [4.2664, 4.1, 4]),
            ([0], [4.2823]),
        ),
        "epochs and steps": (
            "Epoch [1/5], Step [100/600], Loss: 0.2345\n"
            "Epoch [1/5], Step [200/600], Loss: 0.2245\n"
            "Epoch [2/5], Step [100/600], Loss: 0.2145",
            "lines",
            "step",
            ([100, 200, 700], [0.2345, 0.2245, 0.2145]),
            None,
        ),
        "a logger": (
            "2024-01-01 12:00:00,123 INFO - epoch=3 loss=0.5\n2024-01-01 12:00:01,123 INFO - epoch=4 loss=0.4",
            "lines",
            "epoch",
            ([3, 4], [0.5, 0.4]),
            None,
        ),
        "another logger": (
            "2024-01-01 12:00:00.123 | INFO     | __main__:train:42 - epoch 3 loss 0.5\n"
            "2024-01-01 12:00:00.123 | INFO     | __main__:train:42 - epoch 4 loss 0.4",
            "lines",
            "epoch",
            ([3, 4], [0.5, 0.4]),
            None,
        ),
        "a tensor": (
            "epoch 1 loss: tensor(-0.38, grad_fn=<MeanBackward0>)\nepoch 2 loss: tensor(-0.39, device='cuda:0')",
            "lines",
            "epoch",
            ([1, 2], [-0.38, -0.39]),
            None,
        ),
        "named behind": (
            "Epoch 3: 0.52 (train), 0.61 (val)\nEpoch 4: 0.42 (train), 0.51 (val)",
            "lines",
            "epoch",
            ([3, 4], [0.52, 0.42]),
            ([3, 4], [0.61, 0.51]),
        ),
        "a line for each": (
            "Epoch 1\nTraining loss: 0.5\nValidation loss: 0.6\nEpoch 2\nTraining loss: 0.4\nValidation loss: 0.5",
            "lines",
            "epoch",
            ([1, 2], [0.5, 0.4]),
            ([1, 2], [0.6, 0.5]),
        ),
        "fairseq": (
            "epoch 001 | loss 3.5 | nll_loss 2.1\n"
            "epoch 001 | valid on 'valid' subset | loss 3.2 | nll_loss 2\n"
            "epoch 002 | loss 3.1 | nll_loss 2.1\n"
            "epoch 002 | valid on 'valid' subset | loss 3.0 | nll_loss 2",
            "lines",
            "epoch",
            ([1, 2], [3.5, 3.1]),
            ([1, 2], [3.2, 3]),
        ),
        "German, decimal commas": (
            "Epoche 1: Verlust 0,52 val 0,61\nEpoche 2: Verlust 0,42 val 0,51",
            "lines",
            "epoch",
            ([1, 2], [0.52, 0.42]),
            ([1, 2], [0.61, 0.51]),
        ),
        "decimal commas": (
            "Epoch 1 : loss=-0,1234 ; val=-0,0234\nEpoch 2 : loss=-0,2234 ; val=-0,1234",
            "lines",
            "epoch",
            ([1, 2], [-0.1234, -0.2234]),
            ([1, 2], [-0.0234, -0.1234]),
        ),
        "scikit-learn": (
            "Iteration 1, loss = 0.52\nIteration 2, loss = 0.41\nValidation score: 0.9",
            "lines",
            "step",
            ([1, 2], [0.52, 0.41]),
            None,
        ),
        "one bar for all": (
            "Training:  30%|███ | 3/10 [00:01<00:02, 3.0it/s, loss=0.5]\r"
            "Training:  40%|███ | 4/10 [00:01<00:02, 3.0it/s, loss=0.4]\r"
            "Training:  50%|███ | 5/10 [00:01<00:02, 3.0it/s, loss=0.3]",
            "lines",
            "step",
            ([3, 4, 5], [0.5, 0.4, 0.3]),
            None,
        ),
        "nothing but the loss": (
            "loss: 0.5\nloss: 0.4\nloss: inf\nloss: nan",
            "lines",
            "row",
            ([1, 2, 3, 4], [0.5, 0.4, INF, NAN]),
            None,
        ),
        "colours": (
            "\x1b[32mEpoch 1\x1b[0m loss: \x1b[1m0.5\x1b[0m\nEpoch 2 loss: 0.4",
            "lines",
            "epoch",
            ([1, 2], [0.5, 0.4]),
            None,
        ),
        "runs one after another": (
            "epoch 1 loss 0.5\nepoch 2 loss 0.4\nepoch 1 loss 0.6\nepoch 2 loss 0.3\nepoch 3 loss 0.2",
            "lines",
            "epoch",
            ([1, 2, 3], [0.6, 0.3, 0.2]),
            None,
        ),
        "other lines between": (
            "Using GPU\n"
            "Model has 1,234 params\n"
            "epochs=50 lr=0.001\n"
            "Epoch 1/50, lr 0.001, train loss 0.5, val loss 0.6\n"
            "Epoch 2/50, lr 0.0005, train loss 0.4, val loss 0.5\n"
            "Done",
            "lines",
            "epoch",
            ([1, 2], [0.5, 0.4]),
            ([1, 2], [0.6, 0.5]),
        ),
        "the best so far": (
            "Epoch [ 1/ 5] train_nll: -0.1 val_nll: 0.2 (best: 0.2)\n"
            "Epoch [ 2/ 5] train_nll: -0.2 val_nll: 0.1 (best: 0.1)",
            "lines",
            "epoch",
            ([1, 2], [-0.1, -0.2]),
            ([1, 2], [0.2, 0.1]),
        ),
        "validation alone": (
            "epoch 1 val_loss 0.5\nepoch 2 val_loss 0.4",
            "lines",
            "epoch",
            None,
            ([1, 2], [0.5, 0.4]),
        ),
        "mmdet": (
            "12:00:00 - mmdet - INFO - Epoch [1][50/500]\tlr: 1.0e-03, time: 0.5, loss_cls: 0.3, loss: 0.5\n"
            "12:00:00 - mmdet - INFO - Epoch [1][100/500]\tlr: 1.0e-03, time: 0.5, loss_cls: 0.3, loss: 0.4",
            "lines",
            "step",
            ([50, 100], [0.5, 0.4]),
            None,
        ),
        "a bare count": (
            "[001/100] loss: 0.5 | val: 0.6\n[002/100] loss: 0.4 | val: 0.5",
            "lines",
            "step",
            ([1, 2], [0.5, 0.4]),
            ([1, 2], [0.6, 0.5]),
        ),
        "an epoch and its time": (
            "12:00:01 | Epoch: 01 | Epoch Time: 0m 5s\n"
            "\tTrain Loss: 0.5 | Train PPL: 100\n"
            "\t Val. Loss: 0.6 |  Val. PPL: 120\n"
            "12:00:01 | Epoch: 02 | Epoch Time: 0m 5s\n"
            "\tTrain Loss: 0.4 | Train PPL: 100\n"
            "\t Val. Loss: 0.5 |  Val. PPL: 120",
            "lines",
            "epoch",
            ([1, 2], [0.5, 0.4]),
            ([1, 2], [0.6, 0.5]),
        ),
        "JSON lines": (
            '{"epoch": 1, "train": {"loss": 0.5}}\n{"epoch": 2, "train": {"loss": 0.4}}',
            "lines",
            "epoch",
            ([1, 2], [0.5, 0.4]),
            None,
        ),
        "CSV": (
            "epoch,train_loss,val_loss\n1,0.5,0.6\n2,0.4,0.5\n3,nan,inf",
            "table",
            "epoch",
            ([1, 2, 3], [0.5, 0.4, NAN]),
            ([1, 2, 3], [0.6, 0.5, INF]),
        ),
        "CSV, whole numbers": ("epoch,loss\n0,1\n1,0.5\n2,inf", "table", "epoch", ([0, 1, 2], [1, 0.5, INF]), None),
        "Keras' CSV": (
            "epoch,learning_rate,loss,mae,val_loss,val_mae\n0,0.001,0.5,0.3,0.6,0.4\n1,0.001,0.4,0.3,0.5,0.4",
            "table",
            "epoch",
            ([0, 1], [0.5, 0.4]),
            ([0, 1], [0.6, 0.5]),
        ),
        "Lightning's CSV": (
            "epoch,step,train_loss_step,train_loss_epoch,val_loss\n"
            "0,49,0.5,,\n"
            "0,99,0.45,,\n"
            "0,99,,,0.6\n"
            "0,99,,0.48,\n"
            "1,149,0.4,,\n"
            "1,199,0.38,,\n"
            "1,199,,,0.5\n"
            "1,199,,0.39,\n",
            "table",
            "epoch",
            ([0, 1], [0.48, 0.39]),
            ([0, 1], [0.6, 0.5]),
        ),
        "TensorBoard's CSV": (
            "Wall time,Step,Value\n1700000000.1,0,0.9\n1700000001.1,10,0.5\n1700000002.1,20,-0.1",
            "table",
            "step",
            ([0, 10, 20], [0.9, 0.5, -0.1]),
            None,
        ),
        "Weights & Biases' CSV": (
            '"Step","run-1 - train_loss","run-1 - train_loss__MIN","run-1 - train_loss__MAX"\n'
            '"0","0.5","0.5","0.5"\n'
            '"10","0.4","0.4","0.4"',
            "table",
            "step",
            ([0, 10], [0.5, 0.4]),
            None,
        ),
        "columns of two runs": (
            '"Step","a - val/loss","b - val/loss"\n0,0.5,0.5\n1,0.4,0.3',
            "table",
            "step",
            None,
            ([0, 1], [0.5, 0.4]),
        ),
        "semicolons": (
            "epoch;loss;val_loss\n1;0,5;0,6\n2;0,4;0,5",
            "table",
            "epoch",
            ([1, 2], [0.5, 0.4]),
            ([1, 2], [0.6, 0.5]),
        ),
        "tabs": (
            "Epoch\tTraining Loss\tValidation Loss\n1\t0.5\t0.6\n2\t0.4\t0.5",
            "table",
            "epoch",
            ([1, 2], [0.5, 0.4]),
            ([1, 2], [0.6, 0.5]),
        ),
        "fastai": (
            "epoch     train_loss  valid_loss  time    \n"
            "0         0.512345    0.483     00:01     \n"
            "1         0.41    0.383     00:01     ",
            "table",
            "epoch",
            ([0, 1], [0.512345, 0.41]),
            ([0, 1], [0.483, 0.383]),
        ),
        "scikit-learn's boosting": (
            "      Iter       Train Loss   Remaining Time \n"
            "         1           1.2613            1.5s\n"
            "         2           1.1715            1.2s",
            "table",
            "step",
            ([1, 2], [1.2613, 1.1715]),
            None,
        ),
        "Markdown": (
            "| Epoch | Train Loss | Val Loss |\n|-------|-----------|----------|\n| 1 | 0.5 | 0.6 |\n| 2 | 0.4 | 0.5 |",
            "table",
            "epoch",
            ([1, 2], [0.5, 0.4]),
            ([1, 2], [0.6, 0.5]),
        ),
        "an index of pandas": (
            ",loss,val_loss\n0,0.5,0.6\n1,0.4,0.5",
            "table",
            "row",
            ([1, 2], [0.5, 0.4]),
            ([1, 2], [0.6, 0.5]),
        ),
        "a column": (
            "0.5\n0.4\n0.3",
            "numbers",
            "row",
            ([1, 2, 3], [0.5, 0.4, 0.3]),
            None,
        ),
        "three columns": (
            "1 0.5 0.6\n2 0.4 0.5\n3 0.3 0.4",
            "numbers",
            "step",
            ([1, 2, 3], [0.5, 0.4, 0.3]),
            ([1, 2, 3], [0.6, 0.5, 0.4]),
        ),
        "two columns": (
            "0.5,0.6\n0.4,0.5",
            "numbers",
            "row",
            ([1, 2], [0.5, 0.4]),
            ([1, 2], [0.6, 0.5]),
        ),
        "a column of decimal commas": (
            "0,52\n0,43\n0,31",
            "numbers",
            "row",
            ([1, 2, 3], [0.52, 0.43, 0.31]),
            None,
        ),
        "TensorBoard's JSON": (
            "[[1700000000.1,0,0.9],[1700000001.1,10,0.5]]",
            "json",
            "step",
            ([0, 10], [0.9, 0.5]),
            None,
        ),
        "Keras' history": (
            '{"loss": [0.9, 0.4, NaN], "val_loss": [1.0, 0.5, 0.6]}',
            "json",
            "epoch",
            ([1, 2, 3], [0.9, 0.4, NAN]),
            ([1, 2, 3], [1, 0.5, 0.6]),
        ),
        "Keras' history, printed": (
            "{'loss': [0.9, np.float32(0.4), nan], 'val_loss': [1.0, 0.5, inf], 'lr': [0.1,0.1,0.1]}",
            "json",
            "epoch",
            ([1, 2, 3], [0.9, 0.4, NAN]),
            ([1, 2, 3], [1, 0.5, INF]),
        ),
        "a list": (
            "[0.5, 0.4, 0.3]",
            "json",
            "row",
            ([1, 2, 3], [0.5, 0.4, 0.3]),
            None,
        ),
        "lists with names": (
            "train_losses = [0.5, 0.4]\nval_losses = [0.6, 0.5]",
            "json",
            "epoch",
            ([1, 2], [0.5, 0.4]),
            ([1, 2], [0.6, 0.5]),
        ),
        "printed lists": (
            "Train loss: [0.5, 0.4]\nVal loss: [0.6, 0.5]",
            "json",
            "epoch",
            ([1, 2], [0.5, 0.4]),
            ([1, 2], [0.6, 0.5]),
        ),
        "XGBoost's results": (
            "{'validation_0': {'rmse': [0.5, 0.4]}, 'validation_1': {'rmse': [0.6, 0.5]}}",
            "json",
            "step",
            ([1, 2], [0.5, 0.4]),
            ([1, 2], [0.6, 0.5]),
        ),
        "LightGBM's results": (
            "{'training': {'l2': [0.5, 0.4]}, 'valid_1': {'l2': [0.6, 0.5]}}",
            "json",
            "step",
            ([1, 2], [0.5, 0.4]),
            ([1, 2], [0.6, 0.5]),
        ),
        "pandas' JSON": (
            '{"loss":{"0":0.5,"1":0.4},"val_loss":{"0":0.6,"1":0.5}}',
            "json",
            "epoch",
            ([1, 2], [0.5, 0.4]),
            ([1, 2], [0.6, 0.5]),
        ),
        "a trainer's state": (
            '{"best_metric": null, "log_history": ['
            '{"epoch":1.0,"loss":0.5,"step":10,"learning_rate":1e-4},{"epoch":1.0,"eval_loss":0.6,"step":10},'
            '{"epoch":2.0,"loss":0.4,"step":20},{"epoch":2.0,"eval_loss":0.5,"step":20}]}',
            "json",
            "epoch",
            ([1, 2], [0.5, 0.4]),
            ([1, 2], [0.6, 0.5]),
        ),
        "a history with more": (
            'history = {"history": {"loss": [0.5,0.4]}, "epoch":[0,1], "params": {"epochs": 2}}',
            "json",
            "epoch",
            ([0, 1], [0.5, 0.4]),
            None,
        ),
    }
)

"""What a torch loss of the laboratory costs in a training loop, beside torch's own.

    python -m benchmarks.torch_losses [--rounds 200] [--steps 20] [--device cuda]

Two networks of the same weights take the same steps, in turns of `--steps`, one with `nn.GaussianNLLLoss` (which is
given the mean and the variance) and one with ours (which is given mean and log variance). The order changes from turn
to turn. The first ratio is the median over the turns of ours/theirs, with its quartiles; the second that of the
fastest tenth of the turns of each, which other programs on the machine disturb least.
"""

import argparse
import time
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn

from core.torch import losses

Step = Callable[[Tensor, Tensor], Tensor]
SIZES = ((32, (32,)), (256, (64, 64)), (4096, (128, 128)))


def net(hidden: tuple[int, ...], seed: int, device: str, outputs: int = 2) -> nn.Sequential:
    """A plain network of 8 inputs."""
    torch.manual_seed(seed)
    widths = (8, *hidden)
    layers = [part for i, width in enumerate(hidden) for part in (nn.Linear(widths[i], width), nn.ReLU())]
    return nn.Sequential(*layers, nn.Linear(widths[-1], outputs)).to(device)


def theirs() -> Step:
    """The loss as people write it with torch's own."""
    loss = nn.GaussianNLLLoss()
    return lambda outputs, y: loss(outputs[:, 0], y, outputs[:, 1].exp())


def turn(model: nn.Module, optimizer: torch.optim.Optimizer, step: Step, x: Tensor, y: Tensor, steps: int) -> float:
    """Seconds of some steps."""
    if x.is_cuda:
        torch.cuda.synchronize()
    begun = time.perf_counter()
    for _ in range(steps):
        optimizer.zero_grad()
        step(model(x), y).backward()
        optimizer.step()
    if x.is_cuda:
        torch.cuda.synchronize()
    return time.perf_counter() - begun


def seconds_of(ours: Step, outputs: int, batch: int, hidden: tuple[int, ...], args: argparse.Namespace) -> np.ndarray:
    """Seconds of ours and of theirs in each round, (rounds, 2), the first rounds left out."""
    device = args.device
    x = torch.randn(batch, 8, device=device)
    y = torch.sin(x[:, 0]) + 0.1 * torch.randn(batch, device=device)
    of_each = []
    for step, width in ((ours, outputs), (theirs(), 2)):
        model = net(hidden, 0, device, width)
        of_each.append((model, torch.optim.Adam(model.parameters(), lr=1e-3), step))
    found = []
    for number in range(args.rounds + 3):
        seconds = [0.0, 0.0]
        for which in (0, 1) if number % 2 else (1, 0):
            seconds[which] = turn(*of_each[which], x, y, args.steps)
        found.append(seconds)
    return np.array(found[3:])


def main() -> None:
    """Print a table of ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--losses", nargs="*", default=["gaussian_nll"], help="their names in the table")
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    print(
        f"torch {torch.__version__}, {args.device}, {args.threads} threads, {args.rounds} rounds of {args.steps} steps"
    )
    print(f"{'loss':24} {'batch':>6} {'net':>9}    median  quartiles        fastest  us/step")
    for name in args.losses:
        loss = losses.loss(name)
        for batch, hidden in SIZES:
            found = seconds_of(loss, loss.out_features, batch, hidden, args)
            low, middle, high = np.quantile(found[:, 0] / found[:, 1], [0.25, 0.5, 0.75])
            ours, others = np.quantile(found, 0.1, axis=0)
            shape = "-".join(map(str, hidden))
            times = f"{middle:8.3f}  {low:.3f} … {high:.3f}  {ours / others:8.3f}  {1e6 * ours / args.steps:8.0f}"
            print(f"{name:24} {batch:6} {shape:>9}  {times}", flush=True)


if __name__ == "__main__":
    main()

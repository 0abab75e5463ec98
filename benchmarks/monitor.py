"""What a monitor costs a small training loop of PyTorch; prints a table.

    python -m benchmarks.monitor [--steps 3000] [--times 5]

The loop is a usual one: a net 1-64-64-2 with tanh, Adam, batches of 128, the Gaussian NLL, on one thread. The
processor's time inside the monitor, its looks and its last look included, is held against that of the rest of the
loop. Loops with and without it, timed in turn, differ by more than that from one to the next. Exit status 1 if the
median is more than 2 %.
"""

import argparse
import statistics
import sys
import time

import torch

from core import Monitor

CODE = "loss = (0.5 * torch.exp(-s) * (y - mu)**2 + 0.5 * s).mean()"
BATCH, WIDTH, MOST_SHARE = 128, 64, 0.02


def microseconds(steps: int, gradients: bool) -> tuple[float, float]:
    """The processor's time of a step of the loop without the monitor, and of the monitor."""
    torch.manual_seed(0)
    x = torch.rand(4000, 1)
    y = torch.sin(6 * x) + 0.2 * torch.randn_like(x)
    layers = [torch.nn.Linear(1, WIDTH), torch.nn.Tanh(), torch.nn.Linear(WIDTH, WIDTH), torch.nn.Tanh()]
    net = torch.nn.Sequential(*layers, torch.nn.Linear(WIDTH, 2))
    optimiser = torch.optim.Adam(net.parameters(), 1e-3)
    monitor = Monitor(CODE, tell=lambda words: None)
    if gradients:
        monitor.watch(net)
    inside, clock = 0.0, time.thread_time
    of_clock = statistics.median(-clock() + clock() for _ in range(1000))
    began = clock()
    for _ in range(steps):
        rows = torch.randint(0, len(x), (BATCH,))
        target = y[rows]
        mu, s = net(x[rows]).chunk(2, 1)
        loss = (0.5 * torch.exp(-s) * (target - mu) ** 2 + 0.5 * s).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        before = clock()
        monitor.step(loss, y=target, mean=mu, log_var=s)
        inside += clock() - before - of_clock
    before = clock()
    monitor.close()
    ended = clock()
    inside += ended - before
    return 1e6 * (ended - began - inside) / steps, 1e6 * inside / steps


def main() -> int:
    """Print the table; 1 if it costs too much."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--times", type=int, default=5)
    options = parser.parse_args()
    torch.set_num_threads(1)
    microseconds(200, True)  # what is loaded once
    shares = []
    print(f"{'':24}{'loop, µs':>10}{'monitor, µs':>13}{'share':>9}")
    for name, gradients in (("loss and predictions", False), ("and gradients", True)):
        found = [microseconds(options.steps, gradients) for _ in range(options.times)]
        shares.append(statistics.median(own / loop for loop, own in found))
        loop, own = (statistics.median(values) for values in zip(*found, strict=True))
        print(f"{name:24}{loop:10.1f}{own:13.2f}{100 * shares[-1]:7.2f} %")
    return int(max(shares) > MOST_SHARE)


if __name__ == "__main__":
    sys.exit(main())

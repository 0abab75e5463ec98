"""Draw the picture of the Start page from a run: a fit whose noise grows, and its loss that falls below zero.

    python -m benchmarks.start_picture

Writes pages/shared/start_picture.svg. The Start page shows it before any chart library has arrived.
"""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from core import presets, train
from core.training.run import Run

FILE = Path(__file__).parents[1] / "pages" / "shared" / "start_picture.svg"
_WIDTH, _HEIGHT, _GAP, _TOP, _BOTTOM = 460, 150, 40, 18, 132
_BLUE = "#2F8AC4"  # at least 3.5 on the light and on the dark background
_POINTS, _SMOOTH = 140, 9


def _scaled(values: np.ndarray, low: float, high: float, start: float, end: float) -> np.ndarray:
    return start + (np.asarray(values) - low) / (high - low) * (end - start)


def _path(x: Iterable[float], y: Iterable[float]) -> str:
    return "M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in zip(x, y, strict=True))


def _fit(run: Run, left: float, right: float) -> list[str]:
    data, chosen = run.dataset, np.linspace(0, len(run.dataset.y) - 1, _POINTS).astype(int)
    x, y = np.asarray(data.x)[chosen], np.asarray(data.y)[chosen]
    grid = np.linspace(50, 150, 80)
    told = run.predict(grid.tolist())
    low, high = float(told["lower"].min()), float(told["upper"].max())
    place_x, place_y = _scaled(grid, 50, 150, left, right), lambda v: _scaled(v, low, high, _BOTTOM, _TOP)
    upper, lower = place_y(told["upper"].to_numpy()), place_y(told["lower"].to_numpy())
    band = _path([*place_x, *place_x[::-1]], [*upper, *lower[::-1]])
    dots = zip(_scaled(x, 50, 150, left, right), np.clip(place_y(y), _TOP - 6, _BOTTOM + 6), strict=True)
    return [
        *(f'<circle cx="{a:.1f}" cy="{b:.1f}" r="1.4" fill="currentColor" opacity=".45"/>' for a, b in dots),
        f'<path d="{band}Z" fill="{_BLUE}" opacity=".28"/>',
        f'<path d="{_path(place_x, place_y(told["mean"].to_numpy()))}" fill="none" stroke="{_BLUE}" stroke-width="2"/>',
    ]


def _loss(run: Run, left: float, right: float) -> list[str]:
    loss = run.history["loss"].to_numpy()
    smooth = np.convolve(loss, np.ones(_SMOOTH) / _SMOOTH, mode="valid")[::2]
    low, high = float(smooth.min()), float(smooth.max())
    x = left + np.sqrt(np.linspace(0, 1, len(smooth))) * (right - left)  # the first steps have more room
    y = _scaled(smooth, low, high, _BOTTOM, _TOP)
    zero = float(_scaled(np.zeros(1), low, high, _BOTTOM, _TOP)[0])
    crossing = int(np.argmax(smooth < 0))
    return [
        f'<path d="M{left} {zero:.1f}H{right}" stroke="currentColor" stroke-dasharray="4 3" opacity=".6"/>',
        f'<text x="{right}" y="{zero - 6:.1f}" text-anchor="end">zero</text>',
        f'<path d="{_path(x, y)}" fill="none" stroke="currentColor" stroke-width="2"/>',
        f'<circle cx="{x[crossing]:.1f}" cy="{zero:.1f}" r="4.5" fill="{_BLUE}"/>',
        f'<text x="{x[crossing] + 10:.1f}" y="{zero + 16:.1f}">negative from here</text>',
    ]


def main() -> None:
    """Train, draw and write."""
    run = train(presets["growing"])
    middle = (_WIDTH - _GAP) / 2
    parts = [
        f'<svg width="{_WIDTH}" height="{_HEIGHT}" viewBox="0 0 {_WIDTH} {_HEIGHT}" xmlns="http://www.w3.org/2000/svg">',
        '<g font-size="12" font-family="sans-serif" fill="currentColor">',
        '<text x="0" y="10">y, its mean and its band</text>',
        f'<text x="{middle + _GAP}" y="10">loss, step by step</text>',
        *_fit(run, 0, middle),
        *_loss(run, middle + _GAP, _WIDTH),
        "</g></svg>",
    ]
    FILE.write_text("\n".join(parts) + "\n", encoding="utf-8")
    print(f"{FILE.name}: {FILE.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()

"""A model of three parameters and three levels in one formula each: fast, and with a known answer."""

import math
import os
from dataclasses import dataclass
from pathlib import Path

from experiments.calibration.targets import Free, Plan, Target

TRUTH = {"fake.speed": 0.3, "fake.width": 0.7, "fake.idle": 0.5}
PATHS = tuple(TRUTH)


def levels(values, seed):
    """Return three levels; "idle" moves none of them, and seeds add a little luck."""
    speed, width, _ = (values[path] for path in PATHS)
    luck = 0.002 * math.sin(12.9898 * (seed + 1))
    return {"first": speed + 0.2 * width + luck, "second": width**2 - 0.1 * speed + luck, "third": 1.0 + luck}


def plan(threshold=1.0):
    """Return targets that the truth meets."""
    free = tuple(Free("fake", path.split(".")[1], 0.0, 1.0, 0.5) for path in PATHS)
    exact = levels(TRUTH, -1)
    targets = tuple(
        Target(name, name, "2023Q1", (8,), value, value - 0.05, value + 0.05) for name, value in exact.items()
    )
    return Plan(targets, free, threshold)


@dataclass(frozen=True)
class Counted:
    """Simulates, and notes every run in a file; after `limit` runs it is interrupted at the keyboard."""

    file: Path
    limit: int = 10**9

    def __call__(self, values, seed):
        if self.count() >= self.limit:
            raise KeyboardInterrupt
        with open(self.file, "a") as file:
            file.write("run\n")
        return levels(values, seed)

    def count(self):
        return os.path.getsize(self.file) // 4 if self.file.exists() else 0


def breaks_when_slow(values, seed):
    """Fail below a speed that the truth is well above."""
    if values["fake.speed"] < 0.2:
        raise ValueError("the books\ndiffer")
    return levels(values, seed)


def always_breaks(values, seed):
    """Fail whatever the values."""
    raise ValueError("no district")

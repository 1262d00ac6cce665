"""Milliseconds for each phase of a quarter and microseconds for each agent-step.

Run with `python benchmarks/speed.py [--scale 1] [--scenario five_policies] [--unguarded]`. CPU time, one thread;
machines are noisy, so compare figures of one run with each other rather than with another day's.
"""

from __future__ import annotations

import argparse
import os
import time

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")

_begun = time.process_time()

import simulation  # noqa: E402
from simulation.schedule import ANNOUNCE, QUARTER, RECORD, SETTLE  # noqa: E402


def phase_times(model: simulation.Ecosystem) -> dict[str, float]:
    """Run a model to its end and return CPU seconds by phase, in the order of the schedule."""
    seconds: dict[str, float] = {}
    labels = {ANNOUNCE: "announce", SETTLE: "settle", RECORD: "record"}
    originals = {}

    def timed(name, call):
        def wrapper(*args, **kwargs):
            begun = time.process_time()
            try:
                return call(*args, **kwargs)
            finally:
                seconds[name] = seconds.get(name, 0.0) + time.process_time() - begun

        return wrapper

    for phase in QUARTER:
        if not isinstance(phase, str):
            originals[phase] = phase.step
            phase.step = timed(phase.__name__.rsplit(".", 1)[-1], phase.step)
    model._announce = timed(labels[ANNOUNCE], model._announce)
    model._settle = timed(labels[SETTLE], model._settle)
    model.datacollector.collect = timed(labels[RECORD], model.datacollector.collect)
    try:
        while model.running:
            model.step()
    finally:
        for phase, step in originals.items():
            phase.step = step
    return seconds


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenario", default="five_policies")
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--unguarded", action="store_true")
    options = parser.parse_args()
    scenario = simulation.load_scenario(options.scenario, scale=options.scale)
    simulation.Ecosystem(scenario, rng=0)
    print(f"imports, scenario and a first world: {time.process_time() - _begun:.2f} s of CPU")
    best: dict[str, float] = {}
    total = agents = float("inf")
    for _ in range(options.repeat):
        model = simulation.Ecosystem(scenario, rng=0, guarded=not options.unguarded)
        begun = time.process_time()
        seconds = phase_times(model)
        total = min(total, time.process_time() - begun)
        best = {name: min(value, best.get(name, value)) for name, value in seconds.items()}
        agents = sum(p.count for p in model.world.populations)
    quarters = scenario.quarters
    for name, value in best.items():
        print(f"{name:14s} {1e3 * value / quarters:8.2f} ms a quarter")
    other = total - sum(best.values())
    print(f"{'other':14s} {1e3 * other / quarters:8.2f} ms a quarter")
    print(f"total {total:.2f} s of CPU for {quarters} quarters and {agents:.0f} agents at the end: "
          f"{1e3 * total / quarters:.1f} ms a quarter, {1e6 * total / quarters / agents:.2f} us an agent-step")


if __name__ == "__main__":
    main()

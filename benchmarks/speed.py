"""Milliseconds for each phase of a quarter, microseconds for each agent-step, and seconds to start.

Run with `python benchmarks/speed.py [--scale 1] [--scenario five_policies] [--repeat 5] [--against CHECKOUT]`. CPU
time, one thread. Machines are noisy: each quarter counts with the least time it took in any repeat; with `--against`,
both checkouts of this project walk through the same quarters in turn, and the ratio is the median over these pairs.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
START = "import simulation; simulation.Ecosystem(simulation.load_scenario({name!r}, scale={scale}), rng=0)"


def serve(name: str, scale: float) -> None:
    """Walk through quarters as asked on standard input: "guarded" or "unguarded" makes a world, "step" a quarter."""
    import simulation
    from simulation.schedule import ANNOUNCE, QUARTER, RECORD, SETTLE

    seconds: dict[str, float] = {}

    def timed(label, call):
        def wrapper(*args, **kwargs):
            begun = time.process_time()
            result = call(*args, **kwargs)
            seconds[label] = seconds.get(label, 0.0) + time.process_time() - begun
            return result

        return wrapper

    for phase in QUARTER:
        if phase not in (ANNOUNCE, SETTLE, RECORD):
            phase.step = timed(phase.__name__.rsplit(".", 1)[-1], phase.step)
    scenario = simulation.load_scenario(name, scale=scale)
    model = None
    for line in sys.stdin:
        if line.strip() == "step":
            seconds.clear()
            begun = time.process_time()
            model.step()
            seconds["total"] = time.process_time() - begun
            print(json.dumps(seconds), flush=True)
        else:
            model = simulation.Ecosystem(scenario, rng=0, guarded=line.strip() == "guarded")
            model._announce = timed("announce", model._announce)
            model._settle = timed("settle", model._settle)
            model.datacollector.collect = timed("record", model.datacollector.collect)
            agents = sum(p.count for p in model.world.populations)
            print(json.dumps({"quarters": scenario.quarters, "agents": agents}), flush=True)


class Walker:
    """A process that walks a model of one checkout through its quarters."""

    def __init__(self, checkout: Path, options: argparse.Namespace) -> None:
        self.env = {**os.environ, "PYTHONPATH": str(checkout), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        self.env.pop("PYTHONDONTWRITEBYTECODE", None)
        self.checkout = checkout
        self.start_code = START.format(name=options.scenario, scale=options.scale)
        self.process = subprocess.Popen(
            [sys.executable, __file__, "--serve", "--scenario", options.scenario, "--scale", str(options.scale)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=self.env, cwd=checkout,
        )
        self.taken: dict[str, list[list[float]]] = {}
        """Seconds by phase, then repeat, then quarter."""

    def ask(self, word: str) -> dict[str, float]:
        """Send a word and return the answer."""
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def step(self) -> None:
        """Walk through a quarter and note the time of each phase."""
        for phase, value in self.ask("step").items():
            self.taken.setdefault(phase, [[]])[-1].append(value)

    def begin(self, guard: str) -> dict[str, float]:
        """Make a world; return what is known of it."""
        for repeats in self.taken.values():
            repeats.append([])
        return self.ask(guard)

    def phases(self) -> dict[str, float]:
        """Return the least milliseconds of an average quarter by phase."""
        return {phase: 1e3 * statistics.mean(map(min, zip(*repeats, strict=True)))
                for phase, repeats in self.taken.items()}

    def quickest(self) -> float:
        """Return the CPU seconds of the quickest run."""
        return min(map(sum, self.taken["total"]))

    def start_up(self) -> float:
        """Return the CPU seconds of imports, scenario and a first world in a new process."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-c", self.start_code], env=self.env, cwd=self.checkout, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measured(walkers: list[Walker], guard: str, repeats: int) -> tuple[int, float]:
    """Let walkers take turns, quarter by quarter; return how many quarters and agents there were."""
    for walker in walkers:
        walker.taken.clear()
    for repeat in range(repeats):
        for walker in walkers:
            world = walker.begin(guard)
        for quarter in range(int(world["quarters"])):
            for walker in walkers if (repeat + quarter) % 2 else walkers[::-1]:
                walker.step()
    return int(world["quarters"]), world["agents"]


def paired_ratio(walkers: list[Walker], phase: str) -> float:
    """Return the median of the first walker's time over the second's, quarter by quarter."""
    ours, theirs = ([value for repeat in walker.taken[phase] for value in repeat] for walker in walkers)
    return statistics.median(a / b for a, b in zip(ours, theirs, strict=True))


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenario", default="five_policies")
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--against", type=Path, metavar="CHECKOUT", help="compare with this checkout of the project")
    parser.add_argument("--only", choices=("guarded", "unguarded", "start"), help="measure this alone")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.scenario, options.scale)
        return
    checkouts = [HERE] if options.against is None else [HERE, options.against.resolve()]
    walkers = [Walker(checkout, options) for checkout in checkouts]

    for guard in [guard for guard in ("guarded", "unguarded") if options.only in (None, guard)]:
        quarters, agents = measured(walkers, guard, options.repeat)
        tables = [walker.phases() for walker in walkers]
        print(f"{guard}, ms a quarter")
        for phase in tables[0]:
            ratio = f"  ratio {paired_ratio(walkers, phase):.3f}" if options.against else ""
            print(f"{phase:16s}" + "".join(f"{table[phase]:8.2f}" for table in tables) + ratio)
        totals = [table["total"] for table in tables]
        print(f"{'us an agent-step':16s}" + "".join(f"{1e3 * total / agents:8.2f}" for total in totals))
        print(f"{'s, best quarters':16s}" + "".join(f"{total * quarters / 1e3:8.2f}" for total in totals))
        print(f"{'s, quickest run':16s}" + "".join(f"{walker.quickest():8.2f}" for walker in walkers))
    if options.only in (None, "start"):
        starts = [[walker.start_up() for walker in walkers] for _ in range(options.repeat + 1)]
        print("s to start (imports, scenario, a first world), the least of "
              f"{len(starts)}: {', '.join(f'{min(times):.2f}' for times in zip(*starts, strict=True))}")
    for walker in walkers:
        walker.process.stdin.close()
        walker.process.wait()


if __name__ == "__main__":
    main()

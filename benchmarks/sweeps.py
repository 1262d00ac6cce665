"""What a sweep costs besides its runs: time of workers, time of the store, memory of the coordinator.

Run with `python benchmarks/sweeps.py overhead [--runs 500] [--scale 0.1]` (real runs of eight_parameters.toml) or
`python benchmarks/sweeps.py memory [--runs 10000]` (runs that cost nothing, with as many outcomes as real ones).
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "experiments")]

from experiments.engine import limit_threads  # noqa: E402

limit_threads()

import psutil  # noqa: E402
import short_runs  # noqa: E402

from experiments import engine, sweeps  # noqa: E402
from experiments.plan import plan_of  # noqa: E402
from experiments.store import ResultFolder  # noqa: E402


class TimedFolder:
    """A result folder that knows how long it was at work, wall time and CPU time of its thread."""

    def __init__(self, folder: ResultFolder) -> None:
        self.folder, self.seconds, self.busy, self.made = folder, 0.0, 0.0, 0.0
        self.begun = self.ended = time.perf_counter()

    def __getattr__(self, name: str) -> object:
        return getattr(self.folder, name)

    def _timed(self, call, argument):
        wall, own = time.perf_counter(), time.thread_time()
        answer = call(argument)
        self.ended = time.perf_counter()
        self.seconds += self.ended - wall
        self.busy += time.thread_time() - own
        return answer

    def hand_out(self, position: int) -> None:
        """Note that a run is in hand."""
        self.folder.hand_out(position)

    def add(self, run) -> None:
        """Keep a run, timed."""
        self.made += run.seconds
        self._timed(self.folder.add, run)

    def finish(self, status: str) -> str:
        """Seal what is left, timed."""
        return self._timed(self.folder.finish, status)


def overhead(place: Path, runs: int, scale: float, quarters: int | None, jobs: int) -> None:
    """Print which share of the workers' time goes into runs, and what the store takes."""
    given = {"scale": scale, "quarters": quarters, "design": {"points": runs}}
    begun = time.perf_counter()
    plan = plan_of(str(Path(__file__).with_name("eight_parameters.toml")), given)
    print(f"{sweeps.size_told(plan)}; planned in {time.perf_counter() - begun:.1f} s")
    folder = TimedFolder(sweeps.begin(plan, place / "r"))
    begun = time.perf_counter()
    sweeps.make(plan, folder, jobs=jobs)
    elapsed = time.perf_counter() - begun
    print(f"{elapsed:.1f} s, {folder.made / len(plan):.2f} s a run, start of workers and end included")
    print(f"inside runs: {100 * folder.made / (jobs * elapsed):.1f} % of {jobs} workers' time")
    print(f"store: {1e3 * folder.seconds / len(plan):.1f} ms a run ({1e3 * folder.busy / len(plan):.1f} ms of CPU), "
          f"{100 * folder.seconds / folder.made:.2f} % of run time")  # fmt: skip


def memory(place: Path, runs: int, jobs: int) -> None:
    """Print the memory of the coordinator as runs go by."""
    os.environ[short_runs.SECONDS], os.environ[short_runs.WIDTH] = "0", "91"
    plan = short_runs.ShortPlan(runs)
    folder = short_runs.folder_for(plan, place / "r")
    process = psutil.Process()
    setting = engine.Setting(plan.bases, short_runs.run)
    begun = time.perf_counter()
    for done, run in enumerate(engine.drive(plan.replications(), setting, jobs=jobs), start=1):
        folder.add(run)
        if done in (1, 100) or done % max(runs // 10, 1) == 0:
            print(f"{done:6d} runs  {process.memory_info().rss / 1e6:6.0f} MB  {time.perf_counter() - begun:6.1f} s")
    folder.finish("done")
    print(f"sealed       {process.memory_info().rss / 1e6:6.0f} MB")


def main() -> None:
    """Measure one of both."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("overhead", "memory"))
    parser.add_argument("--runs", type=int)
    parser.add_argument("--scale", type=float, default=0.1)
    parser.add_argument("--quarters", type=int)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        if options.what == "overhead":
            overhead(Path(place), options.runs or 500, options.scale, options.quarters, options.jobs)
        else:
            memory(Path(place), options.runs or 10_000, options.jobs)


if __name__ == "__main__":
    main()

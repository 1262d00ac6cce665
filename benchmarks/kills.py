"""Kill the coordinator, or its workers, of sweeps of very short runs, and compare what they end with.

Run with `python benchmarks/kills.py coordinator [--kills 200]` or `python benchmarks/kills.py workers [--kills 50]`.
Needs psutil. The same functions, with few kills, are among the tests.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).parents[1]
SHORT_RUNS = ROOT / "tests" / "experiments" / "short_runs.py"
sys.path.insert(0, str(ROOT))

from experiments.journal import Journal  # noqa: E402
from experiments.store import ResultFolder  # noqa: E402


def started(log: Path) -> list[int]:
    """Return the seeds of the runs begun so far, in order, repeats included."""
    return [int(line) for line in log.read_text().split()] if log.exists() else []


def begin(folder: Path, runs: int, log: Path, jobs: int, seconds: float) -> subprocess.Popen[str]:
    """Start a coordinator in a process of its own, and return once it is about to make runs."""
    words = [sys.executable, str(SHORT_RUNS), str(folder), str(runs), str(log), str(jobs), str(seconds)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.readline()
    return process


def wait_for(condition: Any, seconds: float = 1200.0) -> bool:
    """Wait until something is true; return whether it came true."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if condition():
            return True
        time.sleep(0.005)
    return False


def journaled(folder: Path) -> set[int]:
    """Return the positions of the runs that a folder has kept."""
    if Journal.exists(folder):
        with Journal(folder, read_only=True) as book:
            return book.positions()
    return {entry["position"] for entry in ResultFolder.open(folder).manifest["runs"]}


def kill_coordinators(place: Path, *, kills: int, runs: int, jobs: int, seconds: float, seed: int) -> dict[str, Any]:
    """Kill coordinators at random moments until a sweep has been killed so often, then let it end.

    Returns what was counted: runs begun twice after they were in the journal, most runs lost with one kill, workers
    left behind, and whether the results are those of an undisturbed sweep.
    """
    moments = random.Random(seed)
    folder, log = place / "killed", place / "log"
    again = orphans = most_lost = done = 0
    kept: set[int] = set()
    while done < kills:
        process = begin(folder, runs, log, jobs, seconds)
        before = len(started(log))
        wait_for(lambda before=before, process=process: len(started(log)) > before or process.poll() is not None)
        time.sleep(moments.uniform(0.0, 6 * seconds))
        family = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
        process.kill()
        process.communicate()
        if not wait_for(lambda family=family: not any(alive(member) for member in family), 30.0):
            orphans += sum(alive(member) for member in family)
        begun = set(started(log)[before:])
        again += len(begun & kept)
        kept = journaled(folder)
        most_lost = max(most_lost, len(begun - kept))
        done += 1
        if len(kept) == runs:
            raise RuntimeError(f"the sweep ended after {done} kills: give it more runs")
    before = len(started(log))
    out, told = begin(folder, runs, log, jobs, seconds).communicate()
    assert "done" in out, told
    again += len(set(started(log)[before:]) & kept)
    out, told = begin(place / "whole", runs, place / "other", jobs, 0.0).communicate()
    assert "done" in out, told
    same = ResultFolder.open(folder).outcomes().equals(ResultFolder.open(place / "whole").outcomes())
    return {
        "kills": done,
        "runs": runs,
        "journaled runs made again": again,
        "most runs lost with one kill": most_lost,
        "runs begun in all": len(started(log)),
        "workers left behind": orphans,
        "equal to an undisturbed sweep": same,
    }


def alive(process: psutil.Process) -> bool:
    """Return whether a process still does anything."""
    with suppress(psutil.NoSuchProcess):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def workers_of(process: subprocess.Popen[str]) -> list[psutil.Process]:
    """Return the worker processes of a coordinator."""
    found = []
    with suppress(psutil.NoSuchProcess):
        for child in psutil.Process(process.pid).children():
            with suppress(psutil.NoSuchProcess):
                if "spawn_main" in " ".join(child.cmdline()):
                    found.append(child)
    return found


def kill_workers(place: Path, *, kills: int, runs: int, jobs: int, seconds: float, seed: int) -> dict[str, Any]:
    """Kill workers of one sweep at random moments; each kill comes after runs have begun again.

    Returns what was counted: runs that were begun more than once, how often in all, and whether the results are
    those of an undisturbed sweep.
    """
    moments = random.Random(seed)
    folder, log = place / "killed", place / "log"
    process = begin(folder, runs, log, jobs, seconds)
    done = 0
    while done < kills and process.poll() is None:
        before = len(started(log))
        wait_for(lambda before=before: len(started(log)) > before + jobs or process.poll() is not None)
        time.sleep(moments.uniform(0.0, 2 * seconds))
        victims = workers_of(process)
        if victims:
            with suppress(psutil.NoSuchProcess):
                moments.choice(victims).kill()
                done += 1
    out, told = process.communicate()
    assert "done" in out, told
    out, told = begin(place / "whole", runs, place / "other", jobs, 0.0).communicate()
    assert "done" in out, told
    times = Counter(started(log))
    failed = [run for run in ResultFolder.open(folder).manifest["runs"] if run["status"] != "done"]
    tries = {run["position"]: run["tries"] for run in ResultFolder.open(folder).manifest["runs"]}
    same = ResultFolder.open(folder).outcomes().equals(ResultFolder.open(place / "whole").outcomes())
    return {
        "kills": done,
        "runs": runs,
        "runs made again": sum(count > 1 for count in times.values()),
        "begun again in all": sum(times.values()) - runs,
        "begun again without a death blamed on them": sum(count > tries[run] for run, count in times.items()),
        "failed": len(failed),
        "equal to an undisturbed sweep": same,
    }


def main() -> None:
    """Print what was counted."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("whom", choices=("coordinator", "workers"))
    parser.add_argument("--kills", type=int)
    parser.add_argument("--runs", type=int)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=0.05, help="mean length of a run")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    kills = options.kills or (200 if options.whom == "coordinator" else 50)
    runs = options.runs or (15 * kills if options.whom == "coordinator" else 30 * kills)
    make = kill_coordinators if options.whom == "coordinator" else kill_workers
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory() as place:
        counted = make(
            Path(place), kills=kills, runs=runs, jobs=options.jobs, seconds=options.seconds, seed=options.seed
        )
    for name, value in counted.items():
        print(f"{name}: {value}")
    print(f"({time.perf_counter() - begun:.0f} s)")


if __name__ == "__main__":
    main()

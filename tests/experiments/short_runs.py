"""A sweep of very short runs, made to be killed: `python short_runs.py FOLDER RUNS LOG [JOBS] [SECONDS]`.

Every start of a run is a line of the log. A folder that is there already is taken up.
"""

import os
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[2]))

import fake_district

from experiments import sweeps
from experiments.engine import Replication
from experiments.store import ResultFolder

LOG, SECONDS, WIDTH = "YANZHEN_TEST_LOG", "YANZHEN_TEST_SECONDS", "YANZHEN_TEST_WIDTH"


def run(scenario, seed, micro=(), micro_every=1):
    """Note the start, take a moment that depends on the seed, and return numbers that do too."""
    if LOG in os.environ:
        with open(os.environ[LOG], "ab", buffering=0) as log:
            log.write(f"{seed}\n".encode())
    generator = np.random.default_rng([seed, int(10 * scenario.strength)])
    time.sleep(float(os.environ.get(SECONDS, 0.01)) * 2 * generator.random())
    quarters = pd.Index(range(8, 20), name="quarter")
    columns = {f"outcome_{place}": generator.random(12) for place in range(int(os.environ.get(WIDTH, 5)))}
    outcomes = pd.DataFrame({"date": [f"{2023 + q // 4}Q{q % 4 + 1}" for q in range(12)], **columns}, index=quarters)
    return SimpleNamespace(outcomes=outcomes, micro={}, seconds=0.0)


class ShortPlan:
    """As many points as runs, each with a seed of its own, over a scenario that costs nothing to make."""

    plugins = ()

    def __init__(self, runs, time_limit=None):
        self.runs, self.bases = runs, [fake_district.scenarios()["risk_pool"]]
        self.seeds = list(range(runs))
        keep = SimpleNamespace(outcomes=[])
        self.declaration = SimpleNamespace(micro=[], micro_every=1, keep=keep, time_limit=time_limit)

    def __len__(self):
        return self.runs

    def kept_quarters(self):
        return []

    def replications(self, done=()):
        for place in range(self.runs):
            if place not in done:
                yield Replication(place, 0, place, {}, place, {"policies.risk_pool.loss_share": place / self.runs})


def folder_for(plan, path):
    """Return the folder of a plan, taken up if it is there."""
    if (Path(path) / "manifest.json").exists():
        return ResultFolder.take_up(path)
    return ResultFolder.create(
        path, command=["short"], scenarios={"risk_pool": plan.bases[0]}, seeds=plan.seeds, design={"kind": "sweep"},
        total=len(plan),
    )  # fmt: skip


def main():
    path, runs, log, *rest = sys.argv[1:]
    os.environ[LOG] = log
    jobs = int(rest[0]) if rest else 2
    if len(rest) > 1:
        os.environ[SECONDS] = rest[1]
    plan = ShortPlan(int(runs))
    print("begun", flush=True)
    print(sweeps.make(plan, folder_for(plan, path), jobs=jobs, run=run), flush=True)


if __name__ == "__main__":
    main()

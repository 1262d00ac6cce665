"""A district of a few formulas, with the same face as the model: fast, keyed by seed, sometimes failing."""

import hashlib
import json
import os
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from simulation.outcome import Outcome
from simulation.parameters import Label

UNITS = {
    "gdp": ("million CNY", "Gross domestic product", "地区生产总值", 68_000.0),
    "rd_intensity": ("share", "R&D intensity", "研发投入强度", 0.037),
    "patents_per_10k": (
        "patents per 10,000 people",
        "Invention patents in force",
        "每万人有效发明专利",
        52.0,
    ),
    "jobs": ("people", "Jobs in the innovation economy", "创新经济就业", 20_000.0),
    "tech_loans": ("million CNY", "Loans to technology firms", "科技企业贷款", 1_800.0),
    "default_share": ("share", "Default share of loans", "贷款违约率", 0.021),
    "public_spending": ("million CNY", "Public spending on policies", "政策财政支出", 0.0),
}
OUTCOMES = {
    name: Outcome(name, unit, Label(en, zh), "fake", lambda world: 0.0) for name, (unit, en, zh, _) in UNITS.items()
}
QUARTERS = range(8, 20)
MARK = "YANZHEN_TEST_MARK"
BENCHMARKS = {"patents_per_10k": SimpleNamespace(value=99.04, label=Label("Yangpu", "杨浦"), note="", source="essay")}


@dataclass(frozen=True)
class FakeScenario:
    name: str
    title: Label
    strength: float = 0.0
    policies: dict[str, Any] = field(default_factory=dict)
    stresses: dict[str, Any] = field(default_factory=dict)
    region: Any = field(default_factory=lambda: SimpleNamespace(benchmarks=BENCHMARKS))

    def resolved(self):
        return {"name": self.name, "strength": self.strength}

    @property
    def digest(self):
        return hashlib.sha256(json.dumps(self.resolved()).encode()).hexdigest()


def scenarios():
    return {
        "baseline": FakeScenario("baseline", Label("Baseline", "基线")),
        "risk_pool": FakeScenario("risk_pool", Label("Risk-compensation pool", "风险补偿资金池"), 1.0),
        "rd_subsidy": FakeScenario("rd_subsidy", Label("R&D subsidy", "研发补助"), 0.5),
    }


def run(scenario, seed, micro=(), micro_every=1):
    """Return a run: a level and a walk common to all scenarios of a seed, and the policy's effect on top."""
    generator = np.random.default_rng(seed)
    quarters = np.arange(QUARTERS.start, QUARTERS.stop)
    columns = {"date": [f"{2023 + (q - 8) // 4}Q{(q - 8) % 4 + 1}" for q in quarters]}
    for place, (name, (*_, level)) in enumerate(UNITS.items()):
        walk = 1 + 0.01 * generator.standard_normal(len(quarters)).cumsum()
        gain = scenario.strength * 0.004 * (place - 2) * (quarters - 7) * (1 + 0.3 * generator.standard_normal())
        columns[name] = level * (walk + gain) if level else scenario.strength * 5.0 * (quarters > 9)
    tables = {}
    for table in micro:
        people = 5 + int(scenario.strength)
        keys = np.tile(np.arange(people, dtype=np.uint64), len(quarters))
        rows = pd.DataFrame({"quarter": np.repeat(quarters, people), "key": keys})
        rows["sales"] = 10.0 + keys + scenario.strength
        tables[table] = rows[(rows["quarter"] - 8) % micro_every == 0]
    outcomes = pd.DataFrame(columns, index=pd.Index(quarters, name="quarter"))
    return SimpleNamespace(outcomes=outcomes, micro=tables, seconds=0.0)


def run_slowly_for_early_seeds(scenario, seed, micro=(), micro_every=1):
    """Finish later seeds first."""
    time.sleep(0.05 * (3 - min(seed, 3)))
    return run(scenario, seed, micro, micro_every)


def run_or_fail(scenario, seed, micro=(), micro_every=1):
    """Fail for the policy with seed 1."""
    if seed == 1 and scenario.name == "risk_pool":
        raise ValueError("the books\ndiffer")
    return run(scenario, seed, micro, micro_every)


def run_or_die(scenario, seed, micro=(), micro_every=1):
    """End the worker process with seed 2."""
    if seed == 2:
        os._exit(9)
    return run(scenario, seed, micro, micro_every)


def run_or_die_once(scenario, seed, micro=(), micro_every=1):
    """End the worker process with seed 2 of the baseline, the first time only."""
    mark = Path(os.environ[MARK])
    if seed == 2 and scenario.name == "baseline" and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return run(scenario, seed, micro, micro_every)


def run_or_hang(scenario, seed, micro=(), micro_every=1):
    """Never end for the policy with seed 1."""
    if seed == 1 and scenario.name == "risk_pool":
        time.sleep(600)
    return run(scenario, seed, micro, micro_every)


def interrupted(scenario, seed, micro=(), micro_every=1):
    """Be interrupted at the keyboard with seed 2."""
    if seed == 2:
        raise KeyboardInterrupt
    return run(scenario, seed, micro, micro_every)


def read_environment(scenario, seed, micro=(), micro_every=1):
    """Return a variable of the process that makes the run."""
    return os.environ.get(micro[0])


def run_without_seed(scenario, seed, micro=(), micro_every=1):
    """Forget the seed."""
    return run(scenario, 0, micro, micro_every)


def always_fail(scenario, seed, micro=(), micro_every=1):
    """Fail whatever is asked."""
    raise ValueError("no district")

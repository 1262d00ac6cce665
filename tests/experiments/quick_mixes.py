"""A district of one formula: two policies with known returns, of which one pays half of what it is given."""

from types import SimpleNamespace

import numpy as np
import pandas as pd

PAID = {"rd_subsidy": 1.0, "uniform_rebate": 0.5}
RETURNS = {"rd_subsidy": 2.0, "uniform_rebate": 1.0}
"""Gain for the root of what is paid: four fifths of an outlay are best paid by the first."""


def run(scenario, seed, micro=(), micro_every=1):
    """Return a level that the seed decides, and on top of it what the policies' money gains."""
    generator = np.random.default_rng(seed)
    quarters = np.arange(8, scenario.quarters)
    paid = {name: np.full(len(quarters), scenario.policies[name].budget / 4 * share if name in scenario.policies else 0)
            for name, share in PAID.items()}  # fmt: skip
    gain = sum(RETURNS[name] * np.sqrt(money.cumsum()) for name, money in paid.items())
    columns = {"date": [f"{2023 + (q - 8) // 4}Q{(q - 8) % 4 + 1}" for q in quarters]}
    columns["firms"] = 1000.0 * (1 + generator.random()) + gain
    columns["gdp"] = 5000.0 * (1 + generator.random()) + 3.0 * paid["uniform_rebate"].cumsum()
    columns["public_spending"] = 7.0 + sum(paid.values())
    columns |= {f"spending_{name}": money for name, money in paid.items()}
    outcomes = pd.DataFrame(columns, index=pd.Index(quarters, name="quarter"))
    return SimpleNamespace(outcomes=outcomes, micro={}, seconds=0.0)


def interrupted_at_forty(scenario, seed, micro=(), micro_every=1):
    """Be interrupted at the keyboard with the fortieth run."""
    interrupted_at_forty.made += 1
    if interrupted_at_forty.made > 40:
        raise KeyboardInterrupt
    return run(scenario, seed, micro, micro_every)


interrupted_at_forty.made = 0

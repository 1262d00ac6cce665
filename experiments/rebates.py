"""The same yuan as a uniform rebate: what any policy is compared with, besides no policy.

Two ways to the rebate of equal outlay. Exact, for comparisons: a world in which firms get back, quarter by quarter,
what the policy paid with the same seed. Between levels, for tables of many policies: from a few rebates run once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from simulation.dates import FIRST_QUARTER
from simulation.parameters import Label

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulation.scenario import Scenario

REBATE = "uniform_rebate"
SPENDING = "public_spending"
TITLE = Label("Rebate of the same yuan: {}", "等额退税：{}")
NOT_ASKED = Label("it was not asked for", "未要求")
NO_POLICY = Label("it has no policy that the baseline lacks", "没有基线以外的政策")
IN_BASELINE = Label("the baseline has the rebate already", "基线已含退税")
ITSELF = Label("it is the rebate itself", "本身即为退税")


def rebate_name(scenario: str) -> str:
    """Return the name of the rebate world that stands beside a scenario."""
    return f"{REBATE}@{scenario}"


def why_absent(scenario: Any, baseline: Any) -> Label | None:
    """Return why a scenario can have no rebate of the same yuan beside it; None if it can.

    Parameters
    ----------
    scenario, baseline : loaded scenarios
    """
    added = {name for name, policy in scenario.policies.items() if baseline.policies.get(name) != policy}
    if not added and set(baseline.policies) <= set(scenario.policies):
        return NO_POLICY
    if REBATE in baseline.policies:
        return IN_BASELINE
    return ITSELF if added == {REBATE} else None


def rebate_world(scenario: Scenario, baseline: Scenario) -> Scenario:
    """Return the scenario of a rebate world, without its payments: the policies of the baseline, and all else alike.

    Parameters
    ----------
    scenario : whose money is returned to firms instead
    baseline : what it is compared with
    """
    name, title = rebate_name(scenario.name), scenario.title
    own = with_payments(baseline, np.zeros(1))
    title = Label(TITLE.en.format(title.en), TITLE.zh.format(title.zh))
    return replace(scenario, name=name, title=title, policies=own)


def with_payments(baseline: Scenario, payments: NDArray[np.float64]) -> dict[str, Any]:
    """Return the policies of a baseline and a rebate of given payments.

    Parameters
    ----------
    baseline : loaded scenario
    payments : (q,) million CNY in each quarter from the first after burn-in
    """
    from simulation.policies.uniform_rebate import UniformRebate

    rebate = UniformRebate(start=FIRST_QUARTER, payments=tuple(float(payment) for payment in payments))
    return dict(sorted({**baseline.policies, REBATE: rebate}.items()))


def payments_of(outcomes: pd.DataFrame, scenario: str, baseline: str, seed: int) -> NDArray[np.float64] | None:
    """Return what a scenario paid on policies more than the baseline, quarter by quarter, with one seed.

    Parameters
    ----------
    outcomes : runs, one row per scenario, seed and quarter
    scenario, baseline : names
    seed : of both runs

    Returns
    -------
    (q,) million CNY from the first quarter after burn-in, not negative; None if one of the runs is missing
    """
    rows = outcomes[outcomes["seed"] == seed]
    paths = [rows[rows["scenario"] == name].sort_values("quarter")[SPENDING] for name in (scenario, baseline)]
    if paths[0].empty or len(paths[0]) != len(paths[1]):
        return None
    return np.maximum(paths[0].to_numpy(float) - paths[1].to_numpy(float), 0.0)


def rebate_at(outlay: float, outlays: Sequence[float], effects: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a rebate's effect at an outlay, by straight lines through no rebate and the levels that were run.

    Parameters
    ----------
    outlay : million CNY
    outlays : (k,) of the levels, rising
    effects : (k, m) effects of the levels, one column for each outcome

    Returns
    -------
    (m,); beyond the highest level its effect goes on in proportion
    """
    if outlay > outlays[-1]:
        return effects[-1] * outlay / outlays[-1]
    levels, values = np.concatenate([[0.0], outlays]), np.vstack([0.0 * effects[:1], effects])
    return np.array([np.interp(outlay, levels, column) for column in values.T])


def between_levels(
    last: pd.DataFrame, paid: Mapping[tuple[str, int], float], policy: str, baseline: str, levels: Sequence[str],
    names: Sequence[str],
) -> pd.DataFrame:  # fmt: skip
    """Return, seed by seed, the outcomes of a rebate that pays as much as a policy paid.

    Parameters
    ----------
    last : outcomes in one quarter, one row per scenario and seed
    paid : by scenario and seed, million CNY
    policy, baseline : scenarios
    levels : scenarios with a rebate, by rising outlay
    names : outcomes

    Returns
    -------
    one row per seed, with the outcomes and `seed`
    """
    values = last.set_index(["scenario", "seed"])[list(names)]
    rows = []
    for seed in last["seed"].unique():
        base = values.loc[(baseline, seed)].to_numpy(float)
        effects = np.array([values.loc[(level, seed)].to_numpy(float) - base for level in levels])
        outlays = [float(paid[level, seed]) for level in levels]
        rows.append(base + rebate_at(float(paid[policy, seed]), outlays, effects))
    return pd.DataFrame(rows, columns=list(names)).assign(seed=last["seed"].unique())

"""Scenario discovery: this model as a model of the EMA Workbench, and boxes of futures told in plain language.

Needs the extra `ema`. In its terms an experiment's levers, uncertainties and objectives are levers, uncertainties
and outcomes; what the workbench does with them (sampling, optimisation, PRIM) is its own.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.axes import Axis
from experiments.factors import World
from experiments.labels import Language, number_text, phrase
from experiments.plan import Plan, plan_of
from experiments.points import flat
from experiments.sensitivity.indices import at_horizon
from experiments.store import ResultFolder
from experiments.workers import altered
from simulation.errors import ScenarioError, YanzhenError

if TYPE_CHECKING:
    from simulation.parameters import Label

FEWEST_CASES = 20
"""Futures below which no box is looked for."""
HIGHEST_DENSITY, MOST_LIMITS = 0.8, 3


class WorkbenchError(YanzhenError):
    """The EMA Workbench is not installed."""


def workbench() -> Any:
    """Return the EMA Workbench.

    Raises
    ------
    WorkbenchError
        It is not installed.
    """
    try:
        with warnings.catch_warnings():
            # It tells of parallel engines that are not there.
            warnings.simplefilter("ignore")
            import ema_workbench
            import ema_workbench.analysis.prim
    except ImportError as fault:
        told = f"({fault}); install it with pip install 'yanzhen[ema]'"
        raise WorkbenchError(f"scenario discovery needs the EMA Workbench {told}") from None
    return ema_workbench


def ema_model(experiment: str | Plan, name: str = "Yanzhen") -> Any:
    """Return an experiment as an `ema_workbench.Model` with its levers, uncertainties and outcomes.

    Its function makes one run for every seed of the experiment's first scenario and returns the mean of each objective
    (or kept outcome) in the last quarter.

    Parameters
    ----------
    experiment : bundled name, path, or a plan that was made
    name : of the model; letters and digits

    Raises
    ------
    ScenarioError
        A factor is neither a range nor a list of values, or no outcome is named.
    WorkbenchError
        The EMA Workbench is not installed.
    """
    ema, plan = workbench(), plan_of(experiment) if isinstance(experiment, str) else experiment
    declaration = plan.declaration
    names = [one.outcome for one in declaration.objectives] or list(declaration.keep.outcomes)
    if not names:
        raise ScenarioError(f"{plan.experiment.name}: needs [[objectives]] or keep.outcomes, which become the outcomes")
    keys = {_key(axis.path): axis for axis in plan.axes}
    model = ema.Model(name, function=Simulation(plan, {key: axis.path for key, axis in keys.items()}, tuple(names)))
    model.levers = [_parameter(ema, key, axis) for key, axis in keys.items() if axis.role == "lever"]
    model.uncertainties = [_parameter(ema, key, axis) for key, axis in keys.items() if axis.role == "uncertainty"]
    wanted = {one.outcome: one.direction for one in declaration.objectives}
    model.outcomes = [_outcome(ema, outcome, wanted.get(outcome)) for outcome in names]
    return model


def _key(path: str) -> str:
    """Return a dotted path as a name that a Python function can take."""
    return path.replace(".", "__")


def _outcome(ema: Any, name: str, wanted: str | None) -> Any:
    kinds = {"maximise": "MAXIMIZE", "minimise": "MINIMIZE"}
    if wanted is None:
        return ema.ScalarOutcome(name)
    return ema.ScalarOutcome(name, kind=getattr(ema.ScalarOutcome, kinds[wanted]))


def _parameter(ema: Any, key: str, axis: Axis) -> Any:
    if axis.values and all(isinstance(value, bool) for value in axis.values):
        return ema.BooleanParameter(key)
    if axis.values:
        return ema.CategoricalParameter(key, list(axis.values))
    if axis.start:
        return ema.CategoricalParameter(key, [axis._shown(place) for place in range(int(axis.low), int(axis.high) + 1)])
    if axis.whole:
        return ema.IntegerParameter(key, int(axis.low), int(axis.high))
    return ema.RealParameter(key, axis.low, axis.high)


@dataclass(frozen=True)
class Simulation:
    """The function of an EMA model; it can be sent to other processes.

    Parameters
    ----------
    plan : of the experiment
    paths : dotted path by argument
    outcomes : names of what is returned
    """

    plan: Plan
    paths: Mapping[str, str]
    outcomes: tuple[str, ...]
    __name__ = "Simulation"

    def __call__(self, **values: Any) -> dict[str, float]:
        """Return the outcomes at the horizon, mean over the experiment's seeds, at some values of its factors."""
        import simulation

        def fault(path: str, message: str) -> None:
            raise ScenarioError(f"{path}: {message}")

        given = {self.paths[key]: _plain(value) for key, value in values.items()}
        base = self.plan.bases[self.plan.starts[0][1]]
        changes = World(base, fault).changes({**flat(self.plan.declaration.set), **given}, self.plan.declaration.dial)
        scenario = altered(base, changes)
        last = [simulation.run(scenario, seed, guarded=False).outcomes.iloc[-1] for seed in self.plan.seeds]
        return {name: float(np.mean([row[name] for row in last])) for name in self.outcomes}


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value


@dataclass(frozen=True)
class Box:
    """A box of futures in which something happens more often than elsewhere.

    Parameters
    ----------
    limits : by factor, (lowest, highest) or the values that are in it
    density : share of the futures in it in which that happens
    coverage : share of all such futures that lie in it
    mass : share of all futures that lie in it
    before : share of all futures in which that happens
    cases : number of all futures
    """

    limits: dict[str, Any]
    density: float
    coverage: float
    mass: float
    before: float
    cases: int


def find_box(futures: pd.DataFrame, happens: NDArray[np.bool_]) -> Box | None:
    """Return the box of PRIM in which something happens most, with at most three limits; None if there is none.

    Parameters
    ----------
    futures : one row per future, a column per factor
    happens : (n,) bool

    References
    ----------
    Friedman and Fisher (1999); Bryant and Lempert (2010), Thinking inside the box.
    """
    happens = np.asarray(happens, bool)
    if len(futures) < FEWEST_CASES or not 0 < happens.sum() < len(happens):
        return None
    prim = workbench().analysis.prim
    known = inspect.signature(prim.Prim.__init__).parameters
    options: dict[str, Any] = {"threshold": HIGHEST_DENSITY} if "threshold" in known else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        search = prim.Prim(futures.reset_index(drop=True), happens, peel_alpha=0.1, **options)
        found = search.find_box()
    if found is None:
        return None
    path = found.peeling_trajectory
    whole = search.box_init
    steps = []
    for place, limits in enumerate(found.box_lims):
        own = _limits(limits, whole)
        if 0 < len(own) <= MOST_LIMITS:
            row = path.iloc[place]
            steps.append(Box(own, float(row["density"]), float(row["coverage"]), float(row["mass"]),
                             float(happens.mean()), len(happens)))  # fmt: skip
    # The largest box that is dense enough; if none is, the densest that still covers half.
    dense = [box for box in steps if box.density >= HIGHEST_DENSITY]
    fair = [box for box in steps if box.coverage >= 0.5 and box.density > happens.mean()]
    if dense:
        return max(dense, key=lambda box: box.coverage)
    return max(fair, key=lambda box: box.density, default=None)


def _limits(limits: pd.DataFrame, whole: pd.DataFrame) -> dict[str, Any]:
    """Return the limits of a box that are narrower than the range of all futures."""
    own: dict[str, Any] = {}
    for factor in limits.columns:
        low, high = limits[factor].iloc[0], limits[factor].iloc[1]
        first, last = whole[factor].iloc[0], whole[factor].iloc[1]
        if isinstance(low, set):
            if low != first:
                own[factor] = sorted(low, key=str)
        elif low > first or high < last:
            own[factor] = (float(low) if low > first else None, float(high) if high < last else None)
    return own


def told(box: Box | None, event: Label, lang: Language, labels: Mapping[str, Label] | None = None) -> str:
    """Return a box in plain language.

    Parameters
    ----------
    box : found, or None
    event : what happens in it, as a clause: "risk_pool gains no more firms than baseline"
    lang : language of the sentence
    labels : of the factors
    """
    if box is None:
        return phrase(
            f"No simple box of futures tells when {event.en}.", f"未找到能简单说明何时“{event.zh}”的情形。", lang,
            separator="\n",
        )  # fmt: skip
    en = " and ".join(_limit_told(factor, limit, labels, "en") for factor, limit in box.limits.items())
    zh = "，且".join(_limit_told(factor, limit, labels, "zh") for factor, limit in box.limits.items())
    return phrase(
        f"When {en}: {event.en} in {box.density:.0%} of the futures, against {box.before:.0%} of all "
        f"{box.cases} futures; {box.coverage:.0%} of such futures lie here.",
        f"当{zh}时：{box.density:.0%} 的未来中{event.zh}（全部 {box.cases} 个未来中为 {box.before:.0%}）；"
        f"此类未来有 {box.coverage:.0%} 落在这里。",
        lang,
        separator="\n",
    )


def _limit_told(factor: str, limit: Any, labels: Mapping[str, Label] | None, lang: Language) -> str:
    label = (labels or {}).get(factor)
    name = factor if label is None else phrase(*label, lang)
    if isinstance(limit, list):
        values = [("on", "开启") if value is True else ("off", "关闭") if value is False else (str(value),) * 2
                  for value in limit]  # fmt: skip
        en, zh = " or ".join(value[0] for value in values), "或".join(value[1] for value in values)
        return phrase(f"{name} is {en}", f"{name}为{zh}", lang)
    low, high = (None if end is None else number_text(end, digits=3) for end in limit)
    if low is None:
        return phrase(f"{name} is at most {high}", f"{name}不超过 {high}", lang)
    if high is None:
        return phrase(f"{name} is at least {low}", f"{name}不低于 {low}", lang)
    return phrase(f"{name} is between {low} and {high}", f"{name}在 {low} 至 {high} 之间", lang)


def cases_of(folder: ResultFolder) -> tuple[pd.DataFrame, dict[tuple[str, str], NDArray[np.float64]]]:
    """Return a finished sweep as the workbench keeps experiments: its futures, and outcomes by scenario and name.

    Parameters
    ----------
    folder : of the sweep

    Returns
    -------
    one row per design point with the numeric, switched or listed factors; means over seeds, (points,) by scenario and
    outcome
    """
    rows = at_horizon(folder)
    paths = [one["path"] for one in folder.manifest["design"]["factors"] if one["path"] in rows.columns]
    futures = rows.drop_duplicates("point").set_index("point")[paths].sort_index()
    outcomes = [one["outcome"] for one in (folder.manifest.get("experiment") or {}).get("objectives", [])]
    means = rows.groupby(["scenario", "point"])[outcomes].mean()
    table: dict[tuple[str, str], NDArray[np.float64]] = {}
    for scenario in dict.fromkeys(rows["scenario"]):
        for outcome in outcomes:
            table[scenario, outcome] = means.loc[scenario][outcome].reindex(futures.index).to_numpy(float)
    return futures, table


def failing_boxes(folder: ResultFolder, wanted: Mapping[str, str]) -> dict[tuple[str, str], Box | None]:
    """Return, for each scenario and objective, the box of futures in which it does no better than the first scenario.

    Parameters
    ----------
    folder : of a finished sweep whose first scenario is the baseline
    wanted : direction by outcome
    """
    futures, values = cases_of(folder)
    scenarios: Sequence[str] = list(dict.fromkeys(scenario for scenario, _ in values))
    found: dict[tuple[str, str], Box | None] = {}
    for scenario in scenarios[1:]:
        for outcome, direction in wanted.items():
            gain = values[scenario, outcome] - values[scenarios[0], outcome]
            gain = gain if direction == "maximise" else -gain
            sound = np.isfinite(gain)
            found[scenario, outcome] = find_box(futures[sound], gain[sound] <= 0)
    return found

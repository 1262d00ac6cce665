"""Calibration: free parameters of a region are fitted to its levels, and what the levels leave open is measured.

A search (CMA-ES) looks for the set of values with the least loss. Around the best set each parameter is moved alone,
which tells what the levels pin down and where the loss may fall further. Then sets are drawn where the levels leave
room; those that fit nearly as well make the spread. All of it stands in one Optuna journal, run by run, so that nothing
finished is ever redone.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import optuna
import pandas as pd
from optuna.distributions import FloatDistribution
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock
from optuna.trial import FrozenTrial, Trial, TrialState
from tqdm import tqdm

from experiments.calibration.identifiability import (
    DAMPINGS,
    PINNED,
    Identifiability,
    damped_steps,
    draws_around,
    identify,
    sensitivities,
)
from experiments.calibration.runs import Runs, Simulate, Task
from experiments.calibration.targets import Plan

JOURNAL = "search.journal"
SEARCH = "search"
STEP = 0.1
"""Move of each parameter up and down for sensitivities, over the width of its bounds."""
EDGE = 0.1
"""Distance from a bound, over the width of the bounds, below which a wider range may well fit better."""
ROUNDS = 8
"""Most rounds of steps from the best set, each of which must lower the loss."""


@dataclass(frozen=True)
class Settings:
    """How much is computed.

    Parameters
    ----------
    trials : sets that the search tries
    seeds : seeds of the runs of every set, the same for all
    draws : sets drawn around the best one for the spread
    jobs : worker processes; they never change a result
    """

    trials: int
    seeds: tuple[int, ...]
    draws: int
    jobs: int = 1


@dataclass(frozen=True)
class Fit:
    """What a calibration found.

    Parameters
    ----------
    plan, settings : what was asked
    tried : one row per set: stage, loss, parameters by dotted path, then levels (means over seeds)
    spread : those of the drawn sets whose loss lies within the plan's threshold of the least, the fitted set first
    best, default : levels by seed (rows) of the best set and of the values before
    identifiability : what levels tell near the best set
    failed : sets with which a run failed, and why
    drawn : sets that were drawn for the spread
    """

    plan: Plan
    settings: Settings
    tried: pd.DataFrame
    spread: pd.DataFrame
    best: pd.DataFrame
    default: pd.DataFrame
    identifiability: Identifiability
    failed: tuple[str, ...]
    drawn: int

    @property
    def values(self) -> dict[str, float]:
        """Fitted values by dotted path."""
        row = self.tried.iloc[int(self.tried["loss"].to_numpy().argmin())]
        return {one.path: float(row[one.path]) for one in self.plan.free}

    @property
    def loss(self) -> float:
        """Least loss of all sets."""
        return float(self.tried["loss"].min())

    @property
    def kept(self) -> int:
        """Number of drawn sets that fit nearly as well."""
        drawn = self.tried.loc[self.tried["stage"] == "spread", "loss"]
        return int((drawn <= self.loss + self.plan.threshold).sum())

    @property
    def open_parameters(self) -> list[str]:
        """Parameters that the levels do not pin down, by dotted path."""
        shares = zip(self.plan.free, self.identifiability.pinned, strict=True)
        return [one.path for one, share in shares if share < PINNED]

    @property
    def at_bounds(self) -> list[str]:
        """Parameters that were fitted next to one of their bounds, by dotted path."""
        values = self.values
        place = [(values[one.path] - one.low) / one.range for one in self.plan.free]
        return [one.path for one, at in zip(self.plan.free, place, strict=True) if min(at, 1.0 - at) < EDGE]

    @property
    def default_loss(self) -> float:
        """Loss of the values before."""
        return self.plan.loss(means(self.default))


def population_size(dimensions: int) -> int:
    """Return how many sets the search tries before it learns from them (Hansen 2016).

    Parameters
    ----------
    dimensions : number of free parameters
    """
    return 4 + int(3 * np.log(dimensions))


class _Evaluation:
    """The studies of one journal, and the runs that fill them."""

    def __init__(self, plan: Plan, settings: Settings, journal: Path, runs: Runs, bar: tqdm) -> None:
        self.plan, self.settings, self.runs, self.bar = plan, settings, runs, bar
        backend = JournalFileBackend(str(journal), lock_obj=JournalFileOpenLock(str(journal)))
        self.storage = JournalStorage(backend)
        self.space = {one.path: FloatDistribution(one.low, one.high) for one in plan.free}

    def study(self, name: str) -> optuna.Study:
        return optuna.create_study(storage=self.storage, study_name=name, load_if_exists=True)

    def search(self, starts: Sequence[Mapping[str, float]]) -> optuna.Study:
        """Return the study of the search: the sets given, then ones from the middle of the bounds outwards."""
        study = self.study(SEARCH)
        if not study.get_trials(deepcopy=False):
            for start in starts:
                study.enqueue_trial(dict(start))
        size, total = population_size(len(self.space)), self.settings.trials
        edges = [0, *range(len(starts), max(total, len(starts)), size), max(total, len(starts))]
        for first, last in pairwise(edges):
            self.complete(study, range(first, last))
        return study

    def fixed(self, name: str, points: Sequence[Mapping[str, float]]) -> list[FrozenTrial]:
        """Return the trials of a study whose sets are all given."""
        study = self.study(name)
        for point in points[len(study.get_trials(deepcopy=False)) :]:
            study.enqueue_trial(dict(point))
        self.complete(study, range(len(points)))
        return study.get_trials(deepcopy=False)[: len(points)]

    def complete(self, study: optuna.Study, numbers: range) -> None:
        """Make every run that the trials of these numbers lack, then tell their losses in order."""
        members = [self._trial(study, number) for number in numbers]
        tasks, trials = [], {}
        for frozen in members:
            if frozen.state == TrialState.RUNNING:
                trials[frozen.number] = Trial(study, frozen._trial_id)
                missing = [seed for seed in self.settings.seeds if str(seed) not in frozen.user_attrs]
                tasks += [Task(frozen.number, rounded(frozen.params), seed) for seed in missing]
        self.bar.update(len(members) * len(self.settings.seeds) - len(tasks))
        for answer in self.runs.answers(tasks):
            # Noted run by run: an interruption loses only those under way.
            told = answer.levels if answer.error is None else answer.error
            trials[answer.task.key].set_user_attr(str(answer.task.seed), told)
            self.bar.update()
        for frozen in study.get_trials(deepcopy=False):
            if frozen.number in trials:
                levels = levels_by_seed(frozen, self.plan)
                if levels is None:
                    study.tell(frozen.number, state=TrialState.FAIL)
                else:
                    study.tell(frozen.number, self.plan.loss(means(levels)))

    def _trial(self, study: optuna.Study, number: int) -> FrozenTrial:
        """Return a trial of a study, asked for if it is not there yet.

        The sampler is made anew for each, so that what it says depends on the trials told so far and on nothing else.
        """
        trials = study.get_trials(deepcopy=False)
        if number < len(trials) and trials[number].state != TrialState.WAITING:
            return trials[number]
        study.sampler = self._sampler(study, number)
        asked = study.ask(fixed_distributions=dict(self.space))
        return next(trial for trial in study.get_trials(deepcopy=False) if trial.number == asked.number)

    def _sampler(self, study: optuna.Study, number: int) -> optuna.samplers.BaseSampler:
        seed = self.settings.seeds[0] + number
        if study.study_name != SEARCH:
            return optuna.samplers.RandomSampler(seed=seed)
        return optuna.samplers.CmaEsSampler(
            seed=seed, n_startup_trials=0, popsize=population_size(len(self.space)), warn_independent_sampling=False
        )


def rounded(values: Mapping[str, float]) -> dict[str, float]:
    """Return values with four digits that count: what is run is what the files say.

    Parameters
    ----------
    values : by dotted path
    """
    return {path: float(f"{value:.4g}") for path, value in values.items()}


def levels_by_seed(trial: FrozenTrial, plan: Plan) -> pd.DataFrame | None:
    """Return the levels of a trial, a row for each seed; None when a run failed or is missing.

    Parameters
    ----------
    trial : of a study of a calibration
    plan : whose targets are the columns
    """
    rows = {int(seed): told for seed, told in trial.user_attrs.items() if isinstance(told, dict)}
    if not rows or len(rows) < len(trial.user_attrs):
        return None
    return pd.DataFrame.from_dict(rows, orient="index").sort_index()[[target.name for target in plan.targets]]


def means(levels: pd.DataFrame) -> dict[str, float]:
    """Return the means of levels over the seeds.

    Parameters
    ----------
    levels : a row for each seed
    """
    return {str(name): float(column.mean()) for name, column in levels.items()}


def calibrate(
    plan: Plan,
    simulate: Simulate,
    settings: Settings,
    folder: Path,
    *,
    starts: Sequence[Mapping[str, float]] = (),
    progress: bool = False,
) -> Fit:
    """Fit the free parameters of a plan; what a journal in the folder already holds is not computed again.

    Parameters
    ----------
    plan : targets and free parameters
    simulate : returns levels from values and a seed; picklable where there are several jobs
    settings : how much is computed
    folder : that holds the journal
    starts : sets to try first beside the defaults
    progress : show runs done and time left on standard error

    Raises
    ------
    ScenarioError
        No set could be run.
    """
    from simulation.errors import ScenarioError

    defaults = {one.path: one.default for one in plan.free}
    first = [defaults, *({**defaults, **start} for start in starts)]
    count = len(plan.free)
    points = max(settings.trials, len(first)) + 2 * count + ROUNDS * len(DAMPINGS) + settings.draws
    total = points * len(settings.seeds)
    folder.mkdir(parents=True, exist_ok=True)
    with _quiet(), Runs(simulate, settings.jobs) as runs, _bar(total, progress) as bar:
        work = _Evaluation(plan, settings, folder / JOURNAL, runs, bar)
        search = work.search(first)
        tried = search.get_trials(deepcopy=False)
        good = [trial for trial in tried if trial.state == TrialState.COMPLETE]
        if not good or tried[0].state != TrialState.COMPLETE:
            reason = next((str(told) for told in tried[0].user_attrs.values() if isinstance(told, str)), "")
            raise ScenarioError(f"the model does not run with the values to start from: {reason}")
        found = _best(good)
        moved, identifiability = _identifiability(work, found)
        centre, stepped = _descent(work, found, identifiability)
        drawn = _spread(work, centre, identifiability, f"spread around {found.number}")
    best = _best([centre, *drawn])
    assert best.value is not None
    others = [one for one in drawn if one.value is not None and one.value <= best.value + plan.threshold]
    best_levels, default_levels = levels_by_seed(best, plan), levels_by_seed(tried[0], plan)
    assert best_levels is not None
    assert default_levels is not None
    stages = {SEARCH: good, "step": stepped, "spread": drawn}
    all_sets = [_table(trials, plan, stage) for stage, trials in stages.items() if trials]
    return Fit(
        plan, settings, pd.concat(all_sets, ignore_index=True),
        _table([best, *(one for one in others if one is not best)], plan, "spread"), best_levels, default_levels,
        identifiability, tuple(_failures((*tried, *moved, *stepped, *drawn))), len(drawn),
    )  # fmt: skip


def _best(trials: Sequence[FrozenTrial]) -> FrozenTrial:
    """Return the trial of least loss, the first of equals."""
    return min((trial for trial in trials if trial.value is not None), key=lambda trial: float(trial.value or 0.0))


def _identifiability(work: _Evaluation, best: FrozenTrial) -> tuple[list[FrozenTrial], Identifiability]:
    """Return what levels tell near the best set, each parameter moved up and down alone, and those moves."""
    plan = work.plan
    points, steps = [], []
    fitted = rounded(best.params)
    for one in plan.free:
        ends = [min(fitted[one.path] + STEP * one.range, one.high), max(fitted[one.path] - STEP * one.range, one.low)]
        points += [rounded({**fitted, one.path: end}) for end in ends]
        steps.append((points[-2][one.path] - points[-1][one.path]) / one.range)
    trials = work.fixed(f"sensitivity around {best.number}", points)
    tolerance = np.array([target.tolerance for target in plan.targets])
    centre = levels_by_seed(best, plan)
    assert centre is not None
    tables = [levels_by_seed(trial, plan) for trial in trials]
    # A move with which a run fails tells nothing: it counts as no change.
    levels = np.array([(centre if table is None else table).to_numpy(float) / tolerance for table in tables])
    weights = np.array([target.weight for target in plan.targets])
    return trials, identify(sensitivities(levels[0::2], levels[1::2], np.array(steps)), weights)


def _place(trial: FrozenTrial, plan: Plan) -> np.ndarray:
    """Return where a trial lies between the bounds, (P,) in [0, 1]."""
    return np.array([(trial.params[one.path] - one.low) / one.range for one in plan.free])


def _sets(places: np.ndarray, plan: Plan) -> list[dict[str, float]]:
    """Return sets of values from places between the bounds, (n, P)."""
    return [
        rounded({one.path: one.low + place * one.range for one, place in zip(plan.free, row, strict=True)})
        for row in np.clip(places, 0.0, 1.0).tolist()
    ]


def _descent(
    work: _Evaluation, found: FrozenTrial, known: Identifiability
) -> tuple[FrozenTrial, list[FrozenTrial]]:
    """Return the best set that steps lead to while each lowers the loss, and all sets tried on the way."""
    best, tried = found, list[FrozenTrial]()
    for number in range(ROUNDS):
        stepped = _steps(work, best, known, f"steps {number} from {found.number}")
        tried += stepped
        better = _best([best, *stepped])
        if better is best:
            work.bar.update((ROUNDS - 1 - number) * len(DAMPINGS) * len(work.settings.seeds))  # not needed
            break
        best = better
    return best, tried


def _steps(work: _Evaluation, best: FrozenTrial, known: Identifiability, name: str) -> list[FrozenTrial]:
    """Return sets a step from the best one, where the loss should be lower, run."""
    plan, levels = work.plan, levels_by_seed(best, work.plan)
    assert levels is not None
    simulated = means(levels)
    deviations = np.array([target.deviation(simulated[target.name]) for target in plan.targets])
    steps = damped_steps(known, deviations, np.array([target.weight for target in plan.targets]))
    return work.fixed(name, _sets(_place(best, plan) + steps, plan))


def _spread(work: _Evaluation, centre: FrozenTrial, known: Identifiability, name: str) -> list[FrozenTrial]:
    """Return the sets drawn around the best one, run."""
    plan, settings = work.plan, work.settings
    # Half the threshold on average: most draws stay below it, and some luck of the seeds is allowed for.
    places = draws_around(_place(centre, plan), known, plan.threshold / 2, settings.draws, settings.seeds[0])
    return work.fixed(name, _sets(places, plan)) if settings.draws else []


def _table(trials: Sequence[FrozenTrial], plan: Plan, stage: str) -> pd.DataFrame:
    rows = []
    for trial in trials:
        levels = levels_by_seed(trial, plan)
        if levels is not None:
            about = {"stage": stage, "trial": trial.number, "loss": trial.value}
            rows.append({**about, **rounded(trial.params), **means(levels)})
    columns = ["stage", "trial", "loss", *(one.path for one in plan.free), *(target.name for target in plan.targets)]
    return pd.DataFrame(rows, columns=columns)


def _failures(trials: Sequence[FrozenTrial]) -> Iterator[str]:
    for trial in trials:
        for seed, told in trial.user_attrs.items():
            if isinstance(told, str):
                yield f"seed {seed}: {told}"


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Optuna from telling each trial."""
    logger = logging.getLogger("optuna")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)


def _bar(total: int, progress: bool) -> tqdm:
    interval = 0.5 if sys.stderr.isatty() else 30.0
    return tqdm(total=total, unit="run", disable=not progress, mininterval=interval, file=sys.stderr)

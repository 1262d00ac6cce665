"""Policy mix: a fixed outlay divided between policies so that one or several outcomes gain most."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing, contextmanager
from functools import cached_property
from typing import Any

import numpy as np
import optuna
import pandas as pd

from experiments import engine
from experiments.declaration import Group, Optimise
from experiments.factors import World, with_money
from experiments.optimisation.mixes import Candidate, mix_table, shares_of
from experiments.plan import REFERENCE_POINT, Plan
from experiments.store import ResultFolder
from experiments.workers import FinishedRun, Replication, altered
from simulation.dates import quarter_of
from simulation.scenario import Scenario

SPENDING = "public_spending"
STRONGEST_CORRECTION = 4.0
DEFAULT_SAMPLER = {True: "tpe", False: "nsga2"}
DIRECTIONS: dict[str, Any] = {"maximise": "maximize", "minimise": "minimize"}


class MixSearch:
    """A search over mixes, all of whose runs have their places before any is made.

    The proposals follow from the seed and from the results of earlier mixes alone: taken up again, a search proposes
    the same mixes, and finds their runs in the folder.

    Parameters
    ----------
    plan : of the experiment, which has the base scenario and the seeds
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        said = plan.declaration.optimise
        assert said is not None
        self.said: Optimise = said
        self.objectives = plan.declaration.objectives
        self.start = _quarter(said.start, plan.bases[0])
        self.rounds = said.corrections + 1
        self.candidates: list[Candidate] = []
        self._seen: dict[tuple[int, int], pd.DataFrame] = {}

    def __len__(self) -> int:
        return (1 + self.said.trials * self.rounds) * len(self.plan.seeds)

    @cached_property
    def base(self) -> Scenario:
        """The scenario that mixes are added to, and compared with."""
        return self.plan.scenario(0)

    @property
    def first_money(self) -> float:
        """Million CNY a year that the outlay is when it is paid evenly."""
        return self.said.outlay / ((self.base.quarters - self.start) / 4.0)

    @property
    def most(self) -> dict[str, float]:
        """Largest share that each policy may get."""
        return {name: float(table.get("most", 1.0)) for name, table in self.said.policies.items()}

    @property
    def table(self) -> pd.DataFrame:
        """A row for each mix; see `experiments.optimisation.mixes.mix_table`."""
        return mix_table(self.candidates, self.said, self.objectives)

    @property
    def names(self) -> list[str]:
        """Policies that share the outlay."""
        return list(self.said.policies)

    def changes(self, shares: Mapping[str, float], money: float, faults: list[tuple[str, str]]) -> dict[str, Any]:
        """Return what a mix changes in the experiment's scenario; what is not allowed is noted in `faults`."""
        multiples = {
            name: {"weight": share, **{k: v for k, v in self.said.policies[name].items() if k != "most"}}
            for name, share in shares.items()
            if share > 0
        }
        policies = dict(self.base.policies)
        world = World(self.base, lambda path, message: faults.append((path, message)))
        with_money(policies, Group(policies=multiples), money, {"start": self.start}, world)
        return {**self.plan._changes[0], "policies": dict(sorted(policies.items()))}

    def scenario(self, candidate: Candidate) -> Scenario:
        """Return the scenario of a mix."""
        return altered(self.plan.bases[0], self.changes(candidate.shares, candidate.money, []))

    def _replications(self, members: list[Candidate], turn: int, done: set[int]) -> Iterator[Replication]:
        for candidate in members:
            faults: list[tuple[str, str]] = []
            changes = self.changes(candidate.shares, candidate.money, faults)
            if faults:
                candidate.fault = "; ".join(f"{path}: {message}" for path, message in faults)
                continue
            budgets = self.budgets(candidate)
            for place, seed in enumerate(self.plan.seeds):
                point = candidate.number * self.rounds + turn
                position = (1 + point) * len(self.plan.seeds) + place
                if position not in done:
                    yield Replication(position, 0, seed, changes, point, budgets)

    def budgets(self, candidate: Candidate) -> dict[str, float]:
        """Return the yearly budgets of a mix by dotted path."""
        return {f"policies.{name}.budget": candidate.money * share for name, share in candidate.shares.items()}

    def runs(
        self, folder: ResultFolder, *, jobs: int | None = None, engine_name: str = engine.LOCAL, run: Any = None
    ) -> Generator[FinishedRun, None, None]:
        """Make the runs that a folder lacks, batch by batch, and yield each as it finishes."""
        declaration, done = self.plan.declaration, folder.done
        rows = folder.outcomes()
        if len(rows):
            for place, table in rows.groupby(["point", "seed"], sort=False):
                point, seed = np.asarray(place).tolist()
                self._seen[point, seed] = table
        setting = engine.Setting(
            self.plan.bases, run or engine._simulate_unguarded, outcomes=self.kept, plugins=self.plan.plugins
        )

        def make(replications: Iterator[Replication]) -> Generator[FinishedRun, None, None]:
            todo = list(replications)
            if not todo:
                return
            made = engine.make(todo, setting, len(todo), jobs=jobs, engine=engine_name,
                               time_limit=declaration.time_limit,
                               started=lambda replication: folder.hand_out(replication.position))  # fmt: skip
            with closing(made):
                for one in made:
                    if one.result is not None:
                        table = one.result.outcomes
                        self._seen[int(one.point or 0), one.seed] = table.reset_index()
                    yield one

        nothing: dict[str, Any] = {f"policies.{name}.budget": None for name in self.names}
        own = self.plan._changes[0]
        yield from make(Replication(place, 0, seed, own, REFERENCE_POINT, nothing)
                        for place, seed in enumerate(self.plan.seeds) if place not in done)  # fmt: skip
        with _quiet():
            study = self._study()
            while len(self.candidates) < self.said.trials:
                count = min(self.said.batch, self.said.trials - len(self.candidates))
                members = [self._ask(study, len(self.candidates) + place) for place in range(count)]
                for turn in range(self.rounds):
                    sound = [candidate for candidate in members if not candidate.fault]
                    if turn:
                        for candidate in sound:
                            self._correct(candidate)
                    yield from make(self._replications(sound, turn, done))
                    for candidate in sound:
                        self._measure(candidate, turn)
                for candidate in members:
                    self._tell(study, candidate)
                self.candidates += members

    @property
    def kept(self) -> tuple[str, ...]:
        """Outcomes that runs keep: the objectives, what is paid, and what the file keeps besides."""
        names = [one.outcome for one in self.objectives]
        names += [SPENDING, *(f"spending_{name}" for name in self.names), *self.plan.declaration.keep.outcomes]
        return tuple(dict.fromkeys(names))

    def _study(self) -> optuna.Study:
        study = optuna.create_study(directions=[DIRECTIONS[one.direction] for one in self.objectives])
        # The corners and the centre first: a search should know what each policy does alone.
        for name in self.names:
            study.enqueue_trial({other: float(other == name) for other in self.names})
        study.enqueue_trial(dict.fromkeys(self.names, 0.5))
        return study

    def _sampler(self, number: int) -> optuna.samplers.BaseSampler:
        """Return a sampler made anew for each mix, so that a search can be taken up anywhere."""
        said, single = self.said, len(self.objectives) == 1
        seed = int(np.random.SeedSequence([said.seed, number]).generate_state(1)[0])
        kind = said.sampler or DEFAULT_SAMPLER[single]
        if kind == "cmaes":
            return optuna.samplers.CmaEsSampler(seed=seed, n_startup_trials=0, popsize=max(said.batch, 2),
                                                warn_independent_sampling=False)  # fmt: skip
        if kind == "nsga2":
            return optuna.samplers.NSGAIISampler(seed=seed, population_size=max(said.batch, 2))
        startup = len(self.names) + 1 + said.batch
        return optuna.samplers.TPESampler(seed=seed, n_startup_trials=startup, constant_liar=True)

    def _ask(self, study: optuna.Study, number: int) -> Candidate:
        study.sampler = self._sampler(number)
        trial = study.ask()
        weights = {name: trial.suggest_float(name, 0.0, 1.0) for name in self.names}
        return Candidate(number, shares_of(weights, self.most), self.first_money)

    def _measure(self, candidate: Candidate, turn: int) -> None:
        """Note what a mix paid and changed; a seed that failed in one of its worlds does not count."""
        point = candidate.number * self.rounds + turn
        pairs = [(self._seen.get((REFERENCE_POINT, seed)), self._seen.get((point, seed))) for seed in self.plan.seeds]
        whole = [(base, other) for base, other in pairs if base is not None and other is not None]
        if not whole:
            candidate.fault = "none of its runs finished"
            return
        candidate.paid = float(np.mean([other[SPENDING].sum() - base[SPENDING].sum() for base, other in whole]))
        candidate.by_policy = {
            name: float(np.mean([other[f"spending_{name}"].sum() - base[f"spending_{name}"].sum()
                                 for base, other in whole]))
            for name in self.names
        }  # fmt: skip
        names = [one.outcome for one in self.objectives]
        last = [[table[names].iloc[-1].to_numpy(float) for table in pair] for pair in whole]
        candidate.effects = np.array([after - before for before, after in last])

    def _correct(self, candidate: Candidate) -> None:
        if candidate.paid > 0:
            times = self.said.outlay / candidate.paid
            candidate.money *= float(np.clip(times, 1.0 / STRONGEST_CORRECTION, STRONGEST_CORRECTION))

    def _tell(self, study: optuna.Study, candidate: Candidate) -> None:
        with np.errstate(invalid="ignore"):
            values = candidate.effects.mean(axis=0).tolist() if candidate.effects.size else []
        if candidate.fault or not values or not np.isfinite(values).all():
            candidate.fault = candidate.fault or "an objective is undefined"
            study.tell(candidate.number, state=optuna.trial.TrialState.FAIL)
            return
        trial = optuna.trial.Trial(study, study.trials[candidate.number]._trial_id)
        if self.said.sampler != "cmaes":  # which knows no constraints
            trial.set_constraint("deviation", abs(candidate.deviation(self.said.outlay)) - self.said.tolerance)
        study.tell(candidate.number, values)

def _quarter(date: str | int, base: Scenario) -> int:
    return quarter_of(date, base.region.start) if isinstance(date, str) else date


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Optuna from telling each trial, and from warning of what it calls experimental."""
    logger = logging.getLogger("optuna")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            yield
    finally:
        logger.setLevel(before)


def optimise(
    search: MixSearch,
    folder: ResultFolder,
    *,
    jobs: int | None = None,
    engine_name: str = engine.LOCAL,
    progress: bool = False,
    run: Any = None,
) -> str:
    """Make the runs of a search that its folder lacks and write its table; return the status.

    Parameters
    ----------
    search : checked
    folder : begun or taken up
    jobs, engine_name, progress : as in `engine.make`
    run : replaces the simulation, for tests

    Raises
    ------
    KeyboardInterrupt
        Interrupted; what is done is kept.
    ResultFolderError
        The folder cannot be written; what is done is kept.
    """
    made = search.runs(folder, jobs=jobs, engine_name=engine_name, run=run)
    status = folder.keep(engine.with_progress(made, len(search), len(folder.done)) if progress else made)
    folder.write_table("candidates.parquet", search.table)
    return status

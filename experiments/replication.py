"""The runs of a comparison: scenarios and their rebate worlds over paired seeds, as many as a precision asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from experiments import engine
from experiments.costs import INTEREST
from experiments.precision import Until, precision_table, runs_next
from experiments.rebates import NOT_ASKED, payments_of, rebate_world, why_absent, with_payments
from experiments.twins.watch import Watch
from experiments.uncertainty import Uncertainty, uncertainty_of
from experiments.workers import FinishedRun, Replication, altered

if TYPE_CHECKING:
    from experiments.store import ResultFolder
    from simulation.parameters import Label
    from simulation.scenario import Scenario

RUN_COLUMNS = ("run_id", "scenario", "seed", "seconds", "error")


@dataclass(frozen=True)
class Extent:
    """What is run beside the scenarios themselves, and how often.

    Parameters
    ----------
    rebate : run a rebate of the same yuan beside each scenario with policies
    uncertainty : "none", or "calibration": every seed has its own draw of uncertain parameters
    until : precision that decides the number of runs
    interest : yearly rate of net present costs
    """

    rebate: bool = False
    uncertainty: str = "none"
    until: Until | None = None
    interest: float = INTEREST

    def asked(self) -> dict[str, Any]:
        """Return the extent as the manifest keeps it."""
        until = None if self.until is None else {"precision": self.until.precision, "most": self.until.most}
        return {"rebate": self.rebate, "uncertainty": self.uncertainty, "until": until, "interest": self.interest}

    @classmethod
    def of(cls, asked: Mapping[str, Any]) -> Extent:
        """Return the extent that a manifest keeps; one of an older folder has none."""
        until = asked.get("until")
        return cls(
            bool(asked.get("rebate", False)),
            str(asked.get("uncertainty", "none")),
            None if until is None else Until(float(until["precision"]), int(until["most"])),
            float(asked.get("interest", INTEREST)),
        )


@dataclass
class Worlds:
    """All worlds of a comparison: the scenarios, then the rebate worlds, seed by seed.

    Parameters
    ----------
    scenarios : loaded scenarios by name, the baseline among them
    baseline : its name
    extent : what is run beside them
    """

    scenarios: Mapping[str, Scenario]
    baseline: str
    extent: Extent
    uncertainty: Uncertainty | None = None
    rebates: dict[str, Scenario] = field(default_factory=dict)
    absent: dict[str, Label] = field(default_factory=dict)
    """Why a scenario has no rebate of the same yuan beside it."""

    def __post_init__(self) -> None:
        self.uncertainty = uncertainty_of(self.extent.uncertainty, list(self.scenarios.values()))
        base = self.scenarios[self.baseline]
        for name, scenario in self.scenarios.items():
            if name != self.baseline:
                reason = why_absent(scenario, base) if self.extent.rebate else NOT_ASKED
                if reason is None:
                    self.rebates[name] = rebate_world(scenario, base)
                else:
                    self.absent[name] = reason

    @property
    def listed(self) -> dict[str, Scenario]:
        """Every world by name, in the order of the runs of a seed."""
        return {**self.scenarios, **{rebate.name: rebate for rebate in self.rebates.values()}}

    @property
    def rebate_names(self) -> dict[str, str]:
        """Name of the rebate world beside each scenario that has one."""
        return {name: rebate.name for name, rebate in self.rebates.items()}

    def draw(self, scenario: Scenario, seed: int) -> Scenario:
        """Return a scenario as it is run with a seed: with the seed's draw of uncertain parameters, if there is one."""
        return scenario if self.uncertainty is None else altered(scenario, self.uncertainty.changes(scenario, seed))

    def _changes(self, scenario: Scenario, seed: int) -> dict[str, Any]:
        return {} if self.uncertainty is None else self.uncertainty.changes(scenario, seed)

    def replications(self, seeds: Sequence[int]) -> list[Replication]:
        """Return the runs of the scenarios themselves, seed by seed."""
        width = len(self.listed)
        return [
            Replication(number * width + index, index, seed, self._changes(scenario, seed))
            for number, seed in enumerate(seeds)
            for index, scenario in enumerate(self.scenarios.values())
        ]

    def rebate_replications(self, seeds: Sequence[int], outcomes: pd.DataFrame) -> list[Replication]:
        """Return the runs of the rebate worlds whose scenario and baseline have finished.

        Parameters
        ----------
        seeds : of the comparison
        outcomes : finished runs, which tell what the policies paid
        """
        base, width, runs = self.scenarios[self.baseline], len(self.listed), []
        for number, seed in enumerate(seeds):
            for place, (name, rebate) in enumerate(self.rebates.items(), start=len(self.scenarios)):
                payments = payments_of(outcomes, name, self.baseline, seed)
                if payments is not None:
                    changes = {**self._changes(rebate, seed), "policies": with_payments(base, payments)}
                    runs.append(Replication(number * width + place, place, seed, changes))
        return runs

    def described(self, seeds: Sequence[int]) -> dict[str, Any]:
        """Return what the manifest says of the comparators and the draws."""
        draws = None if self.uncertainty is None else self.uncertainty.described(seeds)
        return {
            "rebates": self.rebate_names,
            "rebates_absent": {name: reason.en for name, reason in self.absent.items()},
            "interest": self.extent.interest,
            "uncertainty": draws or {"kind": "none"},
        }


@dataclass
class Making:
    """The making of a comparison's runs: what is done, and what is left to do.

    Parameters
    ----------
    worlds : of the comparison
    seeds : of the replications; more are added when a precision asks for them
    setting : of the runs, without scenarios
    folder : where they are written, if anywhere
    options : of `engine.make`
    watched : where the tables of twins are kept, by scenario and seed, if no folder has them
    """

    worlds: Worlds
    seeds: list[int]
    setting: engine.Setting
    folder: ResultFolder | None
    options: Mapping[str, Any]
    watched: dict[tuple[str, int], dict[str, pd.DataFrame]] | None = None
    entries: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    frames: dict[int, pd.DataFrame] = field(default_factory=dict)
    before: pd.DataFrame | None = None
    """Rows of the runs that a folder taken up has."""
    precision: pd.DataFrame | None = None

    def __post_init__(self) -> None:
        self._over = set(self.folder.done) if self.folder is not None else set()
        if self._over and self.folder is not None:
            self.before = self.folder.outcomes()

    @property
    def total(self) -> int:
        """Runs of all worlds with all seeds."""
        return len(self.worlds.listed) * len(self.seeds)

    def outcomes(self) -> pd.DataFrame:
        """Return the rows of all finished runs, in the order of the design."""
        frames = [frame for _, frame in sorted(self.frames.items())]
        if self.before is not None and len(self.before):
            frames.insert(0, self.before)
        return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()

    def make(self) -> None:
        """Make what is missing, and more seeds until the wanted precision is reached or given up."""
        until = self.worlds.extent.until
        while True:
            self._make(self.worlds.replications(self.seeds))
            if self.worlds.rebates:
                self._make(self.worlds.rebate_replications(self.seeds, self.outcomes()))
            if until is None:
                return
            outcomes = self.outcomes()
            if outcomes.empty:
                return
            policies = [name for name in self.worlds.scenarios if name != self.worlds.baseline]
            self.precision = precision_table(outcomes, self.worlds.baseline, policies, until.precision)
            runs = runs_next(self.precision, len(self.seeds), until.most)
            if runs == len(self.seeds):
                return
            self.seeds += range(self.seeds[-1] + 1, self.seeds[-1] + 1 + runs - len(self.seeds))
            if self.folder is not None:
                self.folder.grow(self.seeds, self.total, self.worlds.described(self.seeds))

    def _make(self, replications: list[Replication]) -> None:
        left = [replication for replication in replications if replication.position not in self._over]
        if not left:
            return
        finished = engine.make(left, self.setting, self.total, done_before=len(self._over), **self.options)
        try:
            for one in finished:
                self._keep(one)
        finally:
            finished.close()

    def _keep(self, run: FinishedRun) -> None:
        identity = {"run_id": run.run_id, "scenario": run.scenario, "seed": run.seed}
        self._over.add(run.position)
        self.entries.append((run.position, {**identity, "seconds": run.seconds, "error": run.error}))
        if run.result is not None:
            rows = run.result.outcomes.reset_index()
            columns = pd.DataFrame(identity, index=rows.index)
            self.frames[run.position] = pd.concat([columns, rows], axis="columns")
            if self.watched is not None:
                self.watched[run.scenario, run.seed] = Watch.tables_of(run.result)
        if self.folder is not None:
            self.folder.add(run)

    def known_entries(self) -> Iterator[dict[str, Any]]:
        """Yield every run that is over, those of a folder taken up included, in the order of the design."""
        known = self.entries
        if self.before is not None and self.folder is not None:
            known = [(entry["position"], {"error": None, **entry}) for entry in self.folder.manifest["runs"]]
        for _, entry in sorted(known, key=lambda item: item[0]):
            yield {name: entry[name] for name in RUN_COLUMNS}

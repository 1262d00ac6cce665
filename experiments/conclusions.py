"""What a comparison comes to: effects at the horizons, costs, and when effects come and go."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from experiments.costs import costs_table
from experiments.horizons import horizons_table, span_of
from experiments.replication import Worlds
from experiments.timing import timing_table


@dataclass
class Conclusions:
    """Tables that are drawn from finished runs.

    Parameters
    ----------
    worlds : scenarios, comparators and draws
    outcomes : one row per run and quarter of the scenarios
    beside : the same of the rebate worlds
    effects : paired effects quarter by quarter
    """

    worlds: Worlds
    outcomes: pd.DataFrame
    beside: pd.DataFrame
    effects: pd.DataFrame

    @property
    def _all(self) -> pd.DataFrame:
        return pd.concat([self.outcomes, self.beside], ignore_index=True) if len(self.beside) else self.outcomes

    @cached_property
    def spans(self) -> dict[str, tuple[int, int | None]]:
        """First and last quarter of what each scenario has and the baseline lacks."""
        base, last = self.worlds.scenarios[self.worlds.baseline], self.outcomes["quarter"].max()
        spans = {name: span_of(one, base) for name, one in self.worlds.scenarios.items() if one is not base}
        return {name: (start, None if end is None or end >= last else end) for name, (start, end) in spans.items()}

    @cached_property
    def horizons(self) -> pd.DataFrame:
        """Columns as in `horizons.parquet`."""
        starts = {name: start for name, (start, _) in self.spans.items()}
        drawn = self.worlds.uncertainty is not None
        return horizons_table(self._all, self.worlds.baseline, starts, self.worlds.rebate_names, drawn=drawn)

    @cached_property
    def costs(self) -> pd.DataFrame:
        """Columns as in `costs.parquet`."""
        names, interest = list(self.spans), self.worlds.extent.interest
        return costs_table(self._all, self.worlds.baseline, names, self.worlds.rebate_names, interest)

    @cached_property
    def timing(self) -> pd.DataFrame:
        """Columns as in `timing.parquet`."""
        known = self.outcomes.drop_duplicates("quarter")
        dates = dict(zip(known["quarter"].tolist(), known["date"].tolist(), strict=True))
        return timing_table(self.effects, self.spans, dates)

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return the tables by the name of their file."""
        return {"horizons": self.horizons, "costs": self.costs, "timing": self.timing}

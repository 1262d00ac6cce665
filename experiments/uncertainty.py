"""What is uncertain besides luck: near-equally good calibrations, and parameters with a range that they may lie in.

One draw belongs to each seed and is shared by all worlds of that seed, so that pairs stay pairs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from scipy.stats import qmc

from experiments.factors import World
from experiments.labels import Language, phrase
from simulation.errors import ScenarioError
from simulation.scenario import Scenario
from simulation.scenario_values import region_groups

KINDS = ("none", "calibration")


class Range(NamedTuple):
    """Within which a parameter is believed to lie, and why."""

    low: float
    high: float
    source: str


BLOOM = "Bloom, Griffith and Van Reenen (2002); width assumed"
HALF = "assumption: half to one and a half times the default"
UNCERTAIN: Mapping[str, Range] = {
    "research.user_cost_elasticity": Range(-1.5, -0.5, BLOOM),
    "research.rd_adjustment": Range(0.05, 0.15, BLOOM),
    "research.spillover_rate": Range(0.00125, 0.00375, HALF),
    "research.productivity_speed": Range(0.035, 0.105, HALF),
    "transfer.lesson": Range(0.015, 0.045, HALF),
    "transfer.broker_elasticity": Range(0.35, 1.05, HALF),
    "production.share_elasticity": Range(0.75, 2.25, HALF),
    "production.capital_elasticity": Range(0.2, 0.6, "Chirinko (2008); width assumed"),
    "credit.score_quality": Range(0.175, 0.525, HALF),
    "credit.impression_noise": Range(0.4, 1.2, HALF),
    "venture.public_distaste": Range(0.125, 0.375, HALF),
    "venture.hurdle": Range(0.225, 0.675, HALF),
    "migration.distance_weight": Range(0.275, 0.825, HALF),
    "migration.career_weight": Range(0.15, 0.45, HALF),
    "demography.funds_weight": Range(0.25, 0.75, HALF),
    "demography.neighbour_response": Range(0.0, 0.6, "assumption: from no answer to twice the default"),
    "place.rent_elasticity": Range(0.5, 1.5, HALF),
}
"""Parameters declared uncertain, by group and name, in the unit of their declaration; drawn evenly over the range.

Those through which policies work and which neither levels nor a publication pins down; a calibration's own parameters
come with its sets instead.
"""


@dataclass(frozen=True)
class Uncertainty:
    """What is drawn, seed by seed.

    Parameters
    ----------
    region : name of the district
    sets : sets of parameters that fit the region's levels nearly as well as the best, by group and name; may be none
    ranges : parameters that are drawn from a range
    kept : parameters that a scenario sets itself, which stay as they are
    """

    region: str
    sets: tuple[Mapping[str, float], ...]
    ranges: Mapping[str, Range]
    kept: tuple[str, ...] = ()

    def draw(self, seed: int) -> tuple[int | None, dict[str, float]]:
        """Return the number of the calibration set and the values of all drawn parameters for a seed.

        A seed's draw does not depend on how many seeds there are; consecutive seeds fill the ranges evenly (Halton).
        """
        place = _halton(len(self.ranges) + 1, seed)
        number = min(int(place[0] * len(self.sets)), len(self.sets) - 1) if self.sets else None
        values = {} if number is None else dict(self.sets[number])
        for share, (path, span) in zip(place[1:], self.ranges.items(), strict=True):
            values[path] = float(span.low + share * (span.high - span.low))
        return number, values

    def changes(self, scenario: Scenario, seed: int) -> dict[str, Any]:
        """Return the parts of a scenario that a seed's draw replaces.

        Raises
        ------
        ScenarioError
            A value is not allowed, or a parameter is not known.
        """
        _, values = self.draw(seed)

        def fault(path: str, message: str) -> None:
            raise ScenarioError(f"--uncertainty: {path}: {message}")

        return World(scenario, fault).changes({f"parameters.{path}": value for path, value in values.items()})

    def described(self, seeds: Sequence[int]) -> dict[str, Any]:
        """Return what the manifest says: what is drawn, and the draw of each seed."""
        draws = {}
        for seed in seeds:
            number, values = self.draw(seed)
            draws[str(seed)] = {"set": number, "values": values}
        return {
            "kind": "calibration",
            "region": self.region,
            "calibration_sets": len(self.sets),
            "ranges": {path: span._asdict() for path, span in self.ranges.items()},
            "set_by_scenarios": list(self.kept),
            "draws": draws,
        }


    def told(self, lang: Language) -> str:
        """Return in words what was drawn."""
        sets, ranges = len(self.sets), len(self.ranges)
        return phrase(
            f"Every seed has its own draw: one of {sets} calibration sets and {ranges} parameters within their ranges.",
            f"每个种子各抽一组参数：{sets} 个校准参数集之一，以及 {ranges} 个参数在其范围内的取值。",
            lang,
            separator="\n",
        )


@lru_cache(maxsize=4096)
def _halton(dimensions: int, seed: int) -> tuple[float, ...]:
    """Return the point of a scrambled Halton sequence that belongs to a seed, in [0, 1)."""
    sequence = qmc.Halton(dimensions, scramble=True, rng=np.random.default_rng(dimensions))
    # Goes on from any place at once, which fast_forward does by drawing all points before it.
    sequence.num_generated = seed
    return tuple(sequence.random(1)[0].tolist())


def uncertainty_of(kind: str, scenarios: Sequence[Scenario]) -> Uncertainty | None:
    """Return what is drawn for scenarios that are compared.

    A parameter that a scenario or an option sets to another value than its region's default is no longer uncertain.

    Parameters
    ----------
    kind : of `KINDS`
    scenarios : loaded scenarios, of one region

    Raises
    ------
    ScenarioError
        The scenarios are of several regions.
    """
    if kind == "none":
        return None
    regions = {scenario.region.name: scenario.region for scenario in scenarios}
    if len(regions) > 1:
        named = ", ".join(sorted(regions))
        raise ScenarioError(f"--uncertainty {kind}: the scenarios are of several regions ({named})")
    [(name, region)] = regions.items()
    usual = region_groups(region, lambda key, message: None)
    sets = () if region.calibration is None else region.calibration.spread
    paths = sorted({path for one in sets for path in one} | UNCERTAIN.keys())
    kept = tuple(path for path in paths if any(_own_value(scenario, usual, path) for scenario in scenarios))
    fitted = {path for one in sets for path in one}
    free = tuple({path: value for path, value in one.items() if path not in kept} for one in sets)
    ranges = {path: span for path, span in UNCERTAIN.items() if path not in fitted and path not in kept}
    return Uncertainty(name, free, ranges, kept)


def _own_value(scenario: Scenario, usual: Mapping[str, Any], path: str) -> bool:
    group, _, name = path.partition(".")
    if group not in usual:
        raise ScenarioError(f'--uncertainty: there is no group of parameters "{group}"')
    return bool(getattr(scenario.parameters[group], name, None) != getattr(usual[group], name, None))

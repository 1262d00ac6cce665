"""The contract of an outcome: one function of the world, with a name, a unit and both labels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simulation.parameters import Label

if TYPE_CHECKING:
    from simulation.world import World


@dataclass(frozen=True)
class Outcome:
    """A figure that is recorded each quarter.

    Parameters
    ----------
    name, unit, label, topic : how it is called in files and shown to people
    rule : function of the world
    extensive : grows with the size of the district; divided by the scale of a run
    yearly : sum over the last four quarters
    quarterly : sum over the quarter, as against a level at its end
    relevant : smallest difference that matters, in the unit for shares and logs, else as a part of the level;
        None leaves it to the rule for all outcomes
    """

    name: str
    unit: str
    label: Label
    topic: str
    rule: Callable[[World], float]
    extensive: bool = False
    yearly: bool = False
    relevant: float | None = None
    quarterly: bool = False

    def read(self, model: Any) -> float:
        """Return the outcome of a model as reported, at the scale of a 1:1 district."""
        value = float(self.rule(model.world))
        return value / model.world.scale if self.extensive else value


OUTCOMES: dict[str, Outcome] = {}
"""Outcomes by name, in the order of their declaration."""


def outcome(
    name: str, unit: str, en: str, zh: str, *, extensive: bool = False, yearly: bool = False,
    quarterly: bool = False, relevant: float | None = None,
) -> Callable[[Callable[[World], float]], Callable[[World], float]]:
    """Register a function of the world as an outcome; its module gives the topic.

    Parameters
    ----------
    name, unit : as in result files
    en, zh : labels
    extensive, yearly, quarterly, relevant : see `Outcome`
    """

    def register(rule: Callable[[World], float]) -> Callable[[World], float]:
        topic = rule.__module__.rsplit(".", 1)[-1]
        OUTCOMES[name] = Outcome(name, unit, Label(en, zh), topic, rule, extensive, yearly, relevant, quarterly)
        return rule

    return register

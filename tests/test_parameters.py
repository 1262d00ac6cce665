"""Typed parameters: what is declared once and converted for the rules."""

import pytest

from simulation.parameters import Parameters, param


class Example(Parameters):
    """One parameter of each kind."""

    chance: float = param(0.19, unit="1", per="year", kind="probability", source="assumption")
    ticket: tuple[float, float] = param((1.0, 2.0), unit="million CNY", indexed=True, source="assumption")
    cash: float = param(4.0, unit="million CNY", indexed=True, source="assumption")
    share: float = param(0.5, unit="1", source="assumption")


def test_yearly_figures_are_converted_once():
    assert 1.0 - (1.0 - Example().quarterly().chance) ** 4 == pytest.approx(0.19)


def test_indexed_parameters_keep_pace_with_incomes_and_no_others():
    later = Example().at_incomes(1.5)
    assert (later.ticket, later.cash) == ((1.5, 3.0), 6.0)
    assert (later.share, later.chance) == (0.5, 0.19)

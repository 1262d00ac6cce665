import numpy as np
import pytest

from simulation.levers import LEVERS, Lever, Levers, LeverSpec
from simulation.parameters import Label
from simulation.policy import Eligibility
from simulation.world import FirmView

VIEW = FirmView(
    tier=np.array([1, 2, 3]), industry=np.array([0, 1, 1]), zone=np.array([0, 0, 2]),
    age=np.array([4, 40, 8]), size=np.array([0.5, 3.0, 60.0]),
)


def lever(combine, high=np.inf):
    return Lever("x", LeverSpec(0.0, "firms", "1", combine, Label("test", "测试"), high))


def test_an_unmoved_lever_is_neutral():
    assert lever("add").on(VIEW) == 0.0
    assert not lever("add").active
    assert Levers().loss_cover.value() == 0.0


@pytest.mark.parametrize(("combine", "expected"), [("add", 0.5), ("max", 0.3), ("complement", 1 - 0.7 * 0.8)])
def test_two_policies_combine_by_the_levers_rule(combine, expected):
    moved = lever(combine)
    moved.move(0.3)
    moved.move(0.2)
    assert moved.value() == pytest.approx(expected)
    assert moved.on(VIEW) == pytest.approx(expected)


def test_a_lever_never_exceeds_its_highest_value():
    moved = lever("add", high=0.4)
    moved.move(0.3)
    moved.move(0.3)
    assert moved.on(VIEW) == pytest.approx(0.4)


def test_only_the_eligible_are_reached():
    moved = lever("max")
    moved.move(0.4, Eligibility(tiers=(2, 3), age={"high": 20}))
    assert moved.on(VIEW).tolist() == [0.0, 0.0, 0.4]


def test_a_rule_may_depend_on_the_agent():
    moved = lever("add")
    moved.move(lambda view: 0.1 * view.tier)
    assert moved.on(VIEW) == pytest.approx([0.1, 0.2, 0.3])


def test_zero_strength_is_neutral_to_the_bit():
    moved = lever("add")
    moved.move(0.37 * 0.0, Eligibility(tiers=(1,)))
    values = 1.1 * (1.0 - moved.on(VIEW))
    assert np.array_equal(values, np.full(3, 1.1))


def test_levers_return_to_neutral_at_the_start_of_a_quarter():
    levers = Levers()
    levers.loss_cover.move(0.4)
    levers.reset()
    assert not levers.loss_cover.active


def test_an_unknown_lever_is_named():
    with pytest.raises(AttributeError, match="los_cover"):
        _ = Levers().los_cover


@pytest.mark.parametrize("name", LEVERS)
def test_a_lever_says_what_it_is_in_both_languages_and_who_reads_it(name):
    doc = LEVERS[name].doc
    reader = doc.en[doc.en.rindex("(") + 1 : -1]
    assert any("\u4e00" <= letter <= "\u9fff" for letter in doc.zh)
    assert doc.zh.endswith(f"（{reader.replace(', ', '、')}）")

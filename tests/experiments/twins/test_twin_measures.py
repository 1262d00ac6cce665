import numpy as np
import pytest
from made_worlds import book, firm, payment, touch, world

from experiments.twins.measures import Case, cell_changes, gains, measures
from experiments.twins.study import noise_floor, ratio_with_interval

CASE = Case(0.5, ("p",), 8, 9, np.array([0, 1]), ("west", "east"), ("steel", "software"))


def firms_of(*states):
    """Firms 1 (west, steel) and 2 (east, software) and others, in the quarters before and at the reading."""
    rows = []
    for key, cell, industry, sales in states:
        rows += [firm(key, q, cell=cell, industry=industry, sales=sales, born=-10) for q in (7, 9)]
    return rows


@pytest.fixture
def pair():
    """Firm 1 is paid and sells more; untreated firm 2 sells less; untreated firm 3 lives without the policy only."""
    base = world(
        firms=firms_of((1, 0, 0, 4.0), (2, 1, 1, 6.0), (3, 1, 0, 1.0)), books=[book(9, rd_real=1.0)],
        flows=[payment(8, "loan_principal", "banks", "firms", 10.0)],
    )  # fmt: skip
    own = world(
        firms=[*firms_of((1, 0, 0, 5.0), (2, 1, 1, 4.0)), firm(3, 7, cell=1, sales=1.0, born=-10)],
        books=[book(9, rd_real=3.0, neighbour_firms=-2.0)], reached=[touch(1, 8, "paid", "grant", 2.0)],
        flows=[payment(8, "loan_principal", "banks", "firms", 14.0),
               payment(9, "loan_repayment", "firms", "banks", 1.0)],
    )  # fmt: skip
    return base, own


def values(pair, other=None):
    return {item[1:4]: item.numerator / item.denominator for item in measures(*pair, CASE, other)}


def test_counts_and_sums_are_stated_at_full_scale(pair):
    found = values(pair)
    assert found["reached", "firms", ""] == 2.0
    assert found["displaced", "", "sales"] == pytest.approx(6.0)
    assert found["displaced", "", "firms"] == 2.0


def test_the_effect_on_the_treated_is_a_mean_over_them(pair):
    found = values(pair)
    assert found["effect_treated", "firms", "sales"] == 1.0
    assert found["effect_treated", "firms", "survival"] == 0.0


def test_displacement_is_told_by_zone_industry_and_neighbours(pair):
    found = values(pair)
    assert found["displaced", "zone:west", "sales"] == 0.0
    assert found["displaced", "zone:east", "sales"] == pytest.approx(6.0)
    assert found["displaced", "industry:steel", "sales"] == pytest.approx(2.0)
    assert found["displaced", "industry:software", "sales"] == pytest.approx(4.0)
    assert found["displaced", "neighbours", "firms"] == 4.0


def test_private_money_and_leverage_are_differences_of_ledgers(pair):
    found = values(pair)
    assert found["private_money", "", "bank_loans"] == pytest.approx(6.0)
    assert found["private_money", "", "all"] == pytest.approx(6.0)
    assert found["private_money", "", "own_research"] == pytest.approx(2.0 / 0.5 - 2.0 / 0.5)
    assert found["leverage", "", ""] == pytest.approx(1.5)


def test_worlds_that_do_not_differ_have_no_effects(pair):
    base, _ = pair
    assert {item.numerator for item in measures(base, base, CASE)} == {0.0}


def test_a_placebo_is_measured_over_the_firms_that_the_policy_reached(pair):
    base, own = pair
    placebo = world(firms=firms_of((1, 0, 0, 4.5), (2, 1, 1, 6.0), (3, 1, 0, 1.0)), books=[book(9, rd_real=1.0)])
    found = values((base, own), placebo)
    assert found["reached", "firms", ""] == 0.0
    assert found["effect_treated", "firms", "sales"] == 0.5
    assert found["displaced", "", "sales"] == 0.0


def test_groups_gain_what_their_firms_gain(pair):
    found = gains(*pair, CASE)
    assert found["tier", "start-up", "sales"] == pytest.approx(-4.0)
    assert found["zone", "west", "sales"] == pytest.approx(2.0)
    assert found["industry", "software", "sales"] == pytest.approx(-4.0)
    for dimension in ("tier", "industry", "zone", "size", "age"):
        assert found[dimension].xs("sales", level="outcome").sum() == pytest.approx(-4.0)


def test_cells_change_by_what_their_firms_do(pair):
    found = cell_changes(*pair, CASE)
    assert found[0, "sales"] == pytest.approx(2.0)
    assert found[1, "firms"] == pytest.approx(-2.0)


def test_the_noise_floor_is_twice_the_size_of_what_chance_makes():
    assert noise_floor([3.0, -3.0]) == 6.0
    assert noise_floor([0.0, 0.0], 2.0) == 2.0
    assert np.isnan(noise_floor([]))


def test_a_ratio_is_of_sums_and_its_interval_closes_where_all_seeds_agree():
    value, low, high = ratio_with_interval(np.array([[1.0], [2.0]]), np.array([[2.0], [4.0]]))
    assert (value, low, high) == (0.5, 0.5, 0.5)
    value, low, high = ratio_with_interval(np.array([[1.0], [3.0]]), np.array([[2.0], [2.0]]))
    assert value == 1.0
    assert low < 1.0 < high
    assert np.isnan(ratio_with_interval(np.array([[1.0]]), np.array([[0.0]]))[0]).all()

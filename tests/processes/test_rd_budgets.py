"""R&D budgets: what firms aim at, what chance moves, what losses and short cash take away; by hand."""

from __future__ import annotations

import numpy as np
import pytest

from simulation.dates import FIRST_QUARTER
from simulation.model import Ecosystem
from simulation.processes.research import budgets
from simulation.processes.research import process as research
from simulation.scenario import load_scenario

P = research.PARAMETERS().quarterly()
NO_LUCK = np.zeros(1)


def test_rd_target_closes_a_tenth_of_the_gap_in_a_year_with_unit_elasticity():
    def after(cost, quarters):
        rd = np.array([0.04])
        for _ in range(quarters):
            rd = budgets.next_rd_intensity(rd, np.array([0.04]), np.full(1, 1.0), cost, NO_LUCK, P)
        return rd[0]

    base, cheap = P.usual_user_cost, 0.9 * P.usual_user_cost
    assert after(base, 4) == pytest.approx(0.04)
    assert after(cheap, 4) / after(base, 4) == pytest.approx(0.9**-0.1, rel=1e-6)
    assert after(cheap, 800) / after(base, 800) == pytest.approx(1 / 0.9, rel=1e-3)


def test_firms_return_to_what_their_own_expertise_suggests():
    usual = np.array([0.01, 0.2])
    rd = np.array([0.05, 0.05])
    for _ in range(800):
        rd = budgets.next_rd_intensity(rd, usual, np.full(2, 10.0), P.usual_user_cost, np.zeros(2), P)
    assert rd == pytest.approx(usual, rel=1e-3)


def test_chance_moves_the_research_of_a_large_firm_less():
    sales, usual = np.array([0.1, 1.2, 16 * 1.2, 256 * 1.2]), np.full(4, 0.04)
    after = budgets.next_rd_intensity(usual, usual, sales, P.usual_user_cost, np.ones(4), P)
    moved = np.log(after / usual)
    assert moved[1] == pytest.approx(P.rd_noise * 1.2**-0.25)
    assert moved[1:] / moved[1] == pytest.approx([1.0, 0.5, 0.25])  # the power of size is -1/4
    assert moved[0] == moved[1]  # up to the smallest base all are moved alike


def test_losses_move_research_towards_what_a_firm_can_afford():
    margin = np.array([-0.05, -0.05, 0.0, -0.05, -0.4])
    spent = np.array([20.0, 20.0, 5.0, 5.0, 20.0])
    cash = np.array([0.0, 6.0, 0.0, 0.0, -10.0])
    out = budgets.retrenched(np.array([0.2, 0.2, 0.2, 0.01, 0.2]), margin, spent, np.full(5, 100.0), cash, P)
    earned = (20.0 - 5.0) / (100.0 * P.liquidity_high)
    with_cash = earned + 6.0 / P.runway / (100.0 * P.liquidity_high)
    share = P.retrenchment
    assert out[0] == pytest.approx(0.2 + share * (earned - 0.2))
    assert out[1] == pytest.approx(0.2 + share * (with_cash - 0.2))
    assert out[0] < out[1] < 0.2
    assert out[2] == 0.2  # who makes no loss is not moved, whatever it can afford
    assert out[3] == pytest.approx(0.01 * (1 - share))  # what it earns before research is nothing
    assert out[4] == pytest.approx(0.2 * (1 - share))  # and a debt is no money


def test_short_cash_cuts_rd_but_never_to_nothing():
    cash = np.array([-5.0, 0.0, 0.125, 10.0])
    out = budgets.rd_budget(np.full(4, 0.1), np.ones(4), cash, np.zeros(4, dtype=bool), P)
    assert out[0] == out[1] == pytest.approx(0.1 * P.liquidity_low)
    assert out[1] < out[2] < out[3] == pytest.approx(0.1 * P.liquidity_high)


def district(retrenchment: float) -> Ecosystem:
    """Return a small district without a policy at its first quarter of results."""
    values = {"scale": 0.1, "parameters.research.retrenchment": retrenchment}
    model = Ecosystem(load_scenario("baseline", set=values), rng=3)
    while model.quarter < FIRST_QUARTER:
        model.step()
    return model


def test_what_is_invested_is_what_the_stock_gains():
    model = district(P.retrenchment)
    before = dict(zip(model.world.firms.key.tolist(), model.world.firms.rd_stock.tolist(), strict=True))
    model.step()
    f = model.world.firms
    rows = f.live[np.isin(f.key[f.live], list(before))]  # who came this quarter has done no research yet
    old = np.array([before[key] for key in f.key[rows].tolist()])
    assert f.rd_invested[rows] == pytest.approx(f.rd_spend[rows] - P.stock_decay * old)
    assert f.rd_stock[rows] == pytest.approx(old + f.rd_invested[rows])
    assert (f.rd_invested[rows] > 0).any()
    assert (f.rd_invested[rows] < 0).any()


def test_losses_lower_the_targets_of_firms_and_those_alone():
    firm, careless = (district(share).world.firms for share in (P.retrenchment, 0.0))
    rows = firm.live
    new = firm.born[rows] > 0
    assert new.sum() > 10
    for group in (new, ~new):  # everybody has an expertise of its own
        assert np.log(firm.rd_usual[rows[group]]).std() > 0.5

    keys = np.intersect1d(firm.key[rows], careless.key[careless.live])
    mine, theirs = firm.rows_of(keys), careless.rows_of(keys)
    gap = firm.rd_intensity[mine] / careless.rd_intensity[theirs]
    losing = firm.losses[mine] >= 4
    assert (gap[losing] < 0.9).sum() >= 2
    assert (gap < 0.9).sum() < 0.2 * len(gap)
    assert np.median(gap) == pytest.approx(1.0)

"""Whom policies reach is noted beside what happens, and changes none of it."""

import numpy as np
import pytest

import simulation
from simulation.ledger import Ledger
from simulation.levers import Levers
from simulation.populations.columns import Column, Population
from simulation.reach import COLUMNS, Reach
from simulation.world import FirmView

SMALL = {"scale": 0.05, "quarters": 11}


@pytest.fixture(scope="module")
def watched():
    scenario = simulation.load_scenario("five_policies", **SMALL)
    return simulation.run(scenario, seed=2, micro=["reached", "flows"], guarded=False)


def test_watching_changes_no_bit_of_the_outcomes(watched):
    plain = simulation.run(simulation.load_scenario("five_policies", **SMALL), seed=2, guarded=False)
    assert plain.outcomes.equals(watched.outcomes)


def test_a_world_that_is_not_watched_holds_no_notes():
    model = simulation.Ecosystem(simulation.load_scenario("five_policies", **SMALL), rng=2, guarded=False)
    while model.quarter < 8:
        model.step()
    assert model.world.reach is None
    assert model.world.ledger.reach is None


def test_notes_tell_the_money_of_every_policy(watched):
    notes, outcomes = watched.micro["reached"], watched.outcomes
    paid = notes[notes["way"] == "paid"].groupby("policy", observed=True)["amount"].sum()
    for policy, amount in paid.items():
        assert amount / SMALL["scale"] == pytest.approx(outcomes[f"spending_{policy}"].sum())
    assert paid.sum() / SMALL["scale"] == pytest.approx(outcomes["public_spending"].sum())


def test_table_has_the_promised_columns(watched):
    assert list(watched.micro["reached"].columns) == ["quarter", *COLUMNS]
    assert not watched.micro["reached"].duplicated(["quarter", "policy", "agent", "key", "way", "by"]).any()


def test_flows_are_balanced_payments(watched):
    flows = watched.micro["flows"]
    assert (flows["amount"] > 0.0).all()
    assert {"wages", "rent", "tax_local"} <= set(flows["account"])


@pytest.mark.parametrize("policy", ["rd_subsidy", "risk_pool", "talent_green_channel", "gold_collar"])
def test_a_policy_of_no_strength_reaches_nobody(policy):
    scenario = simulation.load_scenario(policy, set={f"policies.{policy}.strength": 0.0}, scale=0.05, quarters=10)
    notes = simulation.run(scenario, seed=1, micro=["reached"], guarded=False).micro["reached"]
    assert notes.empty


def test_a_payment_is_noted_for_each_payee():
    firms = Population("firms", {"cash": Column("float64", "million CNY", "Cash", ledger=True)}, {}, "firms", 4)
    rows = firms.add(np.array([11, 12, 13]))
    ledger = Ledger((firms,))
    ledger.reach = reach = Reach()
    account = ledger.account("grants")
    account.appropriate(10.0)
    ledger.pay_dues("grant", account, firms.at(rows), np.array([1.0, 0.0, 2.0]))
    ledger.pay("grant_office", "upper", "households", 0.5, account)
    ledger.pay("clawback", firms.at(rows[:1]), "district", np.array([0.25]), account)
    ledger.pay("wages", firms.at(rows), "households", np.array([0.1, 0.1, 0.1]))
    notes = reach.notes({}, {})
    assert list(zip(notes["agent"], notes["key"].tolist(), notes["way"], notes["amount"].tolist(), strict=True)) == [
        ("firms", 11, "paid", 1.0), ("firms", 13, "paid", 2.0), ("households", 0, "paid", 0.5),
        ("", 0, "recovered", 0.25),
    ]  # fmt: skip


def test_an_offer_is_noted_once_and_only_for_those_whom_it_holds_for():
    levers, reach = Levers(), Reach()
    levers.moving.reach, levers.moving.policy = reach, "subsidy"
    view = FirmView(*(np.array([1, 1, 2]) for _ in range(5)), key=np.array([5, 6, 7]))
    levers.rd_subsidy_rate.move(lambda firms: np.where(firms.tier == 1, 0.1, 0.0))
    assert levers.rd_subsidy_rate.on(view).tolist() == [0.1, 0.1, 0.0]
    levers.rd_subsidy_rate.on(view)
    notes = reach.notes({}, {})
    assert notes["key"].tolist() == [5, 6]
    assert set(notes["way"]) == {"offered"}


def test_a_stress_offers_nothing():
    levers, reach = Levers(), Reach()
    levers.moving.reach = reach
    levers.rd_subsidy_rate.move(0.1)
    levers.rd_subsidy_rate.on(FirmView(*(np.array([1]) for _ in range(5)), key=np.array([5])))
    assert not len(reach.notes({}, {})["key"])


def test_covered_loans_are_used_by_those_for_whom_the_cover_holds():
    levers, reach = Levers(), Reach()
    levers.moving.reach, levers.moving.policy = reach, "pool"
    levers.loss_cover.move(0.4)
    levers.loss_cover.on(FirmView(*(np.array([1, 1]) for _ in range(5)), key=np.array([5, 6])))
    loans = {"firm_key": np.array([5, 6, 9]), "covered": np.array([0.4, 0.0, 0.4]),
             "granted": np.array([2.0, 3.0, 4.0]), "kind": np.array([0, 0, 0])}  # fmt: skip
    notes = reach.notes({"loans": loans}, {})
    used = [(key, amount) for key, way, amount in zip(notes["key"].tolist(), notes["way"], notes["amount"].tolist(),
                                                      strict=True) if way == "used"]  # fmt: skip
    assert used == [(5, 2.0)]

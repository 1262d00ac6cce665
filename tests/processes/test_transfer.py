"""Transfer, consortia and integration: rules by hand, directions, and quarters under the guard."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from simulation.draws import Draws
from simulation.levers import Levers
from simulation.policy import Eligibility
from simulation.populations.columns import origin_keys
from simulation.processes.demography import entry
from simulation.processes.transfer import consortia, integration, results
from simulation.processes.transfer import process as transfer
from simulation.space.region import load_region
from simulation.world import World

P = transfer.PARAMETERS().quarterly()
REGION = load_region("testbed")


def small_world(firms: int = 120, spending: float = 30.0, tier: int = 3) -> World:
    """Return a world of the invented region with firms that can pay and institutes that produce."""
    world = World(REGION)
    industry = np.arange(firms) % len(REGION.industries.name)
    weights = REGION.field_weights[industry]
    rows = world.firms.add(
        origin_keys("firm", 0, 0, np.arange(firms)),
        industry=industry,
        cell=np.arange(firms) % len(world.cells),
        born=-20,
        sales=2.0,
        sales_year=8.0,
        rd_stock=3.0,
        tier=tier,
        knowledge=0.4 * weights / weights.max(axis=1, keepdims=True),
        new_product_share=0.2,
    )
    world.firms.cash[rows] = 20.0
    hosts = world.institutes.add(
        origin_keys("institute", 0, 0, np.arange(4)),
        ordinal=np.arange(4),
        cell=np.arange(4) * 3,
        rd_spend=spending / 4,
        expertise=REGION.field_weights[np.arange(4) % len(REGION.field_weights)],
        research_ability=spending / 4 / 0.121,
    )
    world.institutes.staff[hosts, 2] = 3
    world.externals.travel_time[:] = REGION.externals.travel_time
    world.externals.knowledge[:] = REGION.externals.knowledge
    return world


def run(world: World, quarters: int = 1, seed: int = 2, p: Any = P, levers: Levers | None = None) -> World:
    """Walk quarters of transfer alone, under the guard and with the books checked."""
    draws = Draws(seed)
    for quarter in range(quarters):
        draws.quarter = quarter
        world.begin_quarter(quarter)
        with world.writing(transfer.WRITES):
            world.firms.project_gain[:] = 0.0
            transfer.step(world, levers or Levers(), draws, p)
        world.end_quarter()
        assert world.invariants() == []
    return world


def changed(**values: float) -> SimpleNamespace:
    """Return the parameters with some values changed."""
    return SimpleNamespace(**{**vars(P), **values})


def test_integration_is_one_when_everything_is_used_where_it_is_needed():
    value = np.array([2.0, 1.0])
    assert integration.dual_chain_integration(value, value, value) == pytest.approx(1.0)


def test_integration_by_hand_weighs_need_met_more():
    index = integration.dual_chain_integration(np.array([1.0, 3.0]), np.array([4.0, 4.0]), np.array([4.0, 1.0]))
    useful, met = 2.0 / 8.0, 2.0 / 5.0
    assert index == pytest.approx(5 * useful * met / (4 * useful + met))


def test_integration_falls_when_research_is_cut_alike():
    produced, need = np.array([10.0, 10.0]), np.array([8.0, 8.0])
    full = integration.dual_chain_integration(0.5 * produced, produced, need)
    cut = integration.dual_chain_integration(0.1 * produced, 0.2 * produced, need)
    assert cut < 0.5 * full


def test_adoption_beyond_need_does_not_raise_integration():
    produced, need = np.array([10.0, 0.0]), np.array([2.0, 8.0])
    some = integration.dual_chain_integration(np.array([2.0, 0.0]), produced, need)
    assert integration.dual_chain_integration(np.array([9.0, 0.0]), produced, need) == pytest.approx(some)


def test_integration_of_nothing_is_zero():
    assert integration.dual_chain_integration(np.zeros(2), np.zeros(2), np.ones(2)) == 0.0


def test_need_follows_firms_and_their_research_norm():
    out = integration.field_need(np.array([10, 20]), np.array([[1.0, 0.0], [0.5, 0.5]]), np.array([0.06, 0.02]), 0.01)
    assert out == pytest.approx([0.01 * (10 * 1.5 + 20 * 0.5 * 0.5), 0.01 * 20 * 0.5 * 0.5])


def test_window_moves_on_by_a_cohort():
    window = np.arange(6.0).reshape(3, 2)
    assert integration.moved_on(window).tolist() == [[0, 0], [0, 1], [2, 3]]


def test_result_keys_are_unique_and_lead_to_distinct_spin_offs():
    ordinal, field, count = (a.ravel() for a in np.meshgrid(np.arange(40), np.arange(12), np.arange(3)))
    keys = results.result_keys(ordinal, 17, field, count)
    assert np.unique(keys).size == keys.size
    assert (keys < 2**50).all()
    firms = results.spin_off_firm_keys(keys)
    assert np.unique(firms).size == firms.size
    assert (firms == entry.spin_off_keys(keys)).all()


def test_meeting_rate_decays_within_a_kilometre_and_rises_with_trust_and_brokers():
    p = SimpleNamespace(
        meeting_rate=1.0, broker_elasticity=1.0, near_decay=1.2, far_decay=25.0, far_weight=0.15, trust_effect=2.5
    )
    rate = results.meeting_rate(np.ones(3), np.array([0.0, 1.2, 25.0]), np.array([0.0, 0.0, 1.0]), 2.0, p)
    assert rate[0] == pytest.approx(2.3)
    assert rate[1] == pytest.approx(2 * (np.exp(-1) + 0.15 * np.exp(-0.048)))
    assert rate[2] == pytest.approx(2 * 0.15 * np.exp(-1) * 3.5, rel=1e-3)


def test_results_age_and_need_absorptive_capacity():
    p = SimpleNamespace(fit_elasticity=0.5, absorption_floor=0.5, ageing=0.06, taste_spread=0.4)
    worth = results.value_to_firm(
        np.full(3, 2.0), np.array([0, 0, 2]), np.array([1.0, 0.25, 1.0]), np.array([1.0, 1.0, 0.0]), np.zeros(3), p
    )
    assert worth == pytest.approx([2.0, 1.0, 0.94**2])


def test_firm_bids_only_when_it_gains_and_can_pay():
    p = SimpleNamespace(price_share=0.5, hurdle=0.2)
    out = results.bids(
        np.array([1.0, 0.3, 1.0, 1.0]), np.array([True, True, True, False]), np.array([1.0, 1.0, 0.4, 1.0]), p
    )
    assert out.tolist() == [0.5, -1.0, -1.0, -1.0]


def test_each_owner_keeps_its_best_offer():
    kept = results.one_each(np.array([3, 1, 3, 1]), np.array([1.0, 2.0, 5.0, 2.0]))
    assert kept.tolist() == [False, True, True, False]


def test_larger_contracts_are_registered_more():
    share = results.registered_share(np.array([0.0, 0.1, 10.0]), P)
    assert (np.diff(share) > 0).all()
    even = P.registration_paperwork / P.registration_relief
    assert results.registered_share(np.array([even]), P)[0] == pytest.approx(0.5)


def test_only_certified_firms_found_consortia_and_leaders_more_often():
    rate = consortia.founding_rate(np.array([1, 2, 3, 4]), np.ones(4), np.full(4, 0.5), np.zeros(4), P)
    assert rate[:2].tolist() == [0.0, 0.0]
    assert rate[3] == pytest.approx(P.leader_weight * rate[2])


def test_members_are_admitted_in_order_up_to_a_limit():
    wants = np.array([[True, False, True, True]])
    assert consortia.first_joiners(wants, 2).tolist() == [[True, False, True, False]]


def test_suppliers_buyers_and_kin_are_bound():
    out = consortia.affinity(np.array([[0.1, 0.3], [0.0, 0.2]]), SimpleNamespace(kinship=0.15))
    assert out == pytest.approx(np.array([[0.25, 0.3], [0.3, 0.35]]))


def test_quarters_keep_books_bounds_and_the_value_of_results():
    world = small_world()
    produced = adopted = gone = 0.0
    draws = Draws(2)
    for quarter in range(10):
        draws.quarter = quarter
        world.begin_quarter(quarter)
        with world.writing(transfer.WRITES):
            world.firms.project_gain[:] = 0.0
            transfer.step(world, Levers(), draws, P)
        flows = world.records.flows
        produced += flows["results_produced"]
        adopted += flows["contracts"]
        gone += flows["results_leaked"] + flows["results_expired"]
        world.end_quarter()
        assert world.invariants() == []
    assert produced == adopted + gone + len(world.results)
    assert adopted > 0
    assert world.institutes.results_made.sum() == produced
    assert world.institutes.contracts_made.sum() == adopted
    cohorts = world.records["dual_chain_cohorts"]
    assert (cohorts["adopted"] <= cohorts["produced"] + 1e-9).all()


def test_buyers_pay_institutes_gain_and_are_trusted_more():
    world = run(small_world(), 3)
    contracts = world.records.tables["contracts"]
    local = contracts["firm_key"] > 0
    assert local.any()
    buyers = world.firms.rows_of(contracts["firm_key"][local])
    assert (world.firms.project_gain[buyers] > 0).all()
    assert (
        world.trust.lookup(contracts["firm_key"][local], contracts["institute_key"][local], 2, P.trust_decay) > 0.3
    ).all()
    paid = world.ledger.totals["technology_contracts"]
    assert paid[0, 2] > 0, "firms pay institutes"


def test_brokers_raise_contracts():
    few, many = small_world(), small_world()
    many.institutes.staff[:4, 2] = 200
    assert run(many, 6).institutes.contracts_made.sum() > run(few, 6).institutes.contracts_made.sum()


def test_no_research_means_no_results_no_contracts_and_no_integration():
    world = run(small_world(spending=0.0), 3)
    chain = world.records["dual_chain_8q"]
    assert len(world.results) == 0
    assert world.records.flows["contracts"] == 0
    assert integration.dual_chain_integration(chain["adopted"], chain["produced"], chain["need"]) == 0.0


def test_cutting_research_lowers_integration():
    def index(spending):
        chain = run(small_world(400, spending), 10).records["dual_chain_8q"]
        return integration.dual_chain_integration(chain["adopted"], chain["produced"], chain["need"])

    assert index(4.0) < 0.7 * index(20.0)


def test_sham_contracts_swell_only_the_registered_figure():
    honest, sham = run(small_world(), 1, p=changed(sham_firms=0.0)), run(small_world(), 1, p=changed(sham_firms=1.0))
    assert (
        sham.records.flows["technology_contracts_registered"] > honest.records.flows["technology_contracts_registered"]
    )
    assert sham.records.flows["technology_contracts_real"] == honest.records.flows["technology_contracts_real"]
    assert (sham.records["dual_chain"]["adopted"] == honest.records["dual_chain"]["adopted"]).all()


def test_result_of_a_founded_spin_off_leaves_the_shelf():
    world = run(small_world(), 1)
    key = world.results.key[:1]
    world.lock(False)
    world.firms.add(results.spin_off_firm_keys(key), industry=0, cell=0, born=0)
    run_on = Draws(2)
    run_on.quarter = 1
    world.begin_quarter(1)
    with world.writing(transfer.WRITES):
        transfer.step(world, Levers(), run_on, P)
    assert key[0] not in world.results.key


def test_consortia_form_work_and_end():
    world = run(small_world(), 8, p=changed(founding_rate=0.4))
    groups, members = world.consortia, world.memberships
    assert len(groups) > 0
    assert set(groups.leader) <= set(members.firm)
    assert (groups.ends >= world.quarter).all()
    life = groups.ends - groups.started + 1
    assert ((life >= P.shortest) & (life <= P.longest)).all()
    rows = world.firms.live
    assert world.firms.memberships[rows].sum() == len(members)
    assert np.isin(members.consortium, groups.key).all()


def test_consortium_ends_when_its_leader_closes():
    world = run(small_world(), 4, p=changed(founding_rate=0.4))
    leader = world.consortia.leader[0]
    world.lock(False)
    row = world.firms.rows_of(np.array([leader]))
    world.ledger.open_quarter(4)
    world.ledger.pay("closure_payout", world.firms.at(row), "households", world.firms.cash[row])
    world.close_firms(row)
    draws = Draws(2)
    draws.quarter = 4
    world.begin_quarter(4)
    with world.writing(transfer.WRITES):
        transfer.step(world, Levers(), draws, changed(founding_rate=0.0))
    assert leader not in world.consortia.leader


def test_one_firm_less_leaves_nearly_all_other_contracts_alone():
    full, less = small_world(400), small_world(400)
    less.firms.remove(np.array([7]))
    run(full)
    run(less)
    a, b = (
        set(zip(w.records.column("contracts", "firm_key"), w.records.column("contracts", "value"), strict=True))
        for w in (full, less)
    )
    assert len(a & b) >= 0.8 * len(a) > 0


def test_matchmaking_and_cheaper_membership_make_firms_readier():
    p = SimpleNamespace(fee_elasticity=0.5)
    readiness = consortia.encouragement(np.array([0.0, 1.0, 1.0]), np.array([0.0, 0.0, 0.75]), p)
    assert readiness == pytest.approx([1.0, 2.0, 4.0])


def test_brokered_firms_form_more_consortia_and_fit_less_well():
    levers = Levers()
    levers.consortium_matching.move(9.0)
    brokered, alone = (run(small_world(200), 4, p=changed(founding_rate=0.05), levers=x) for x in (levers, None))
    assert len(brokered.consortia) > 2 * len(alone.consortia) > 0
    assert len(brokered.memberships) > 2 * len(alone.memberships)
    assert brokered.consortia.quality.mean() < alone.consortia.quality.mean()
    paid = brokered.records.tables["consortium_fees"]["fee"].sum()
    assert brokered.ledger.flows["consortium_fees"].sum() == pytest.approx(paid)


def test_only_eligible_firms_are_readier_to_found():
    levers = Levers()
    levers.consortium_matching.move(9.0, Eligibility(tiers=(2,)))
    helped, alone = (run(small_world(), 2, p=changed(founding_rate=0.1), levers=x) for x in (levers, None))
    assert (helped.consortia.key == alone.consortia.key).all()


def test_a_supported_price_is_bid_where_the_gain_alone_was_too_small():
    p = changed(price_share=0.5, hurdle=0.06)
    worth, purse = np.full(2, 0.1), np.array([1.0, 0.04])
    met = np.ones(2, dtype=bool)
    assert results.bids(worth, met, purse, p).tolist() == [-1.0, -1.0]
    assert results.bids(worth, met, purse, p, support=0.5).tolist() == [0.05, -1.0], "the whole price must be at hand"


def test_results_meet_more_firms_next_door_where_parks_bring_them_together():
    levers = Levers()
    levers.park_matching.move(5.0)
    brought, alone = (run(small_world(240, 60.0), 1, p=changed(park_reach=1.5), levers=x) for x in (levers, None))
    next_door = [world.records.column("contracts", "park").sum() for world in (brought, alone)]
    assert next_door[0] > 1.5 * next_door[1] > 0
    distance = brought.records.column("contracts", "distance_km")
    assert (brought.records.column("contracts", "park") == (distance <= 1.5)).all()

"""Research: rules by hand on small arrays, directions, and quarters under the guard."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import binom

from simulation.draws import Draws
from simulation.levers import Levers
from simulation.populations.columns import origin_keys
from simulation.processes.research import challenges, invention, knowledge, reporting
from simulation.processes.research import process as research
from simulation.space.proximity import reach
from simulation.space.region import load_region
from simulation.world import World

P = research.PARAMETERS().quarterly()
REGION = load_region("testbed")
CERTIFICATE = {"bands": np.array([50.0, 200.0]), "intensities": np.array([0.05, 0.04, 0.03]), "tax_gain": 0.10}


def small_world(firms: int = 60, scale: float = 1.0) -> World:
    """Return a world of the invented region with some firms, institutes and researchers."""
    world = World(REGION, scale)
    n_fields, rng = len(REGION.fields), np.random.default_rng(5)
    sales = np.exp(rng.normal(1.0, 1.0, firms))
    industry = np.arange(firms) % len(REGION.industries.name)
    weights = REGION.field_weights[industry]
    rows = world.firms.add(
        origin_keys("firm", 0, 0, np.arange(firms)),
        industry=industry,
        cell=np.arange(firms) % len(world.cells),
        born=-20,
        sales=sales,
        sales_year=4 * sales,
        sales_3y=12 * sales,
        margin=0.06,
        rd_intensity=0.05,
        rd_stock=sales,
        knowledge=0.4 * weights / weights.max(axis=1, keepdims=True),
        patents=2,
        rd_reported_3y=0.6 * sales,
        quality=rng.standard_normal(firms),
        productivity=0.0,
        staff=np.tile([2, 0, 0, 0, 0], (firms, 1)),
        research_ability=2.0,
        wage_bill=2 * 0.25 / 4,
        patents_pending=1,
    )
    world.firms.cash[rows] = 2.0 * sales
    people = np.arange(2 * firms)
    world.talent.add(
        origin_keys("talent", 0, 0, people), skill=0, employer_kind=1, employer=np.repeat(rows, 2), wage=0.25
    )
    hosts = world.institutes.add(
        origin_keys("institute", 0, 0, np.arange(3)),
        ordinal=np.arange(3),
        cell=np.arange(3),
        budget=[4.0, 2.0, 1.0],
        expertise=np.full((3, n_fields), 1.0 / n_fields),
        research_ability=[8.0, 4.0, 2.0],
        wage_bill=[1.0, 0.5, 0.2],
    )
    world.institutes.cash[hosts] = 1.0
    world.segments.wage[:] = 0.25
    world.cells.knowledge_pool[:] = 0.5
    world.cells.access[:] = 0.5
    world.externals.travel_time[:] = REGION.externals.travel_time
    world.externals.knowledge[:] = REGION.externals.knowledge
    return world


def run(
    world: World, quarters: int = 1, levers: Levers | None = None, rules: dict | None = None, seed: int = 3, p=P,
    dear: float = 1.0,
) -> World:
    """Walk quarters of research alone, under the guard and with the books checked."""
    draws = Draws(seed)
    for quarter in range(quarters):
        draws.quarter = quarter
        if rules is not None:
            world.records["certificate"] = rules
        world.begin_quarter(quarter)
        world.records["research_dear"] = dear
        with world.writing(research.WRITES):
            research.step(world, levers or Levers(), draws, p)
        world.end_quarter()
        assert world.invariants() == []
    return world


def test_effective_rd_is_about_the_money_when_work_and_purchases_balance():
    p = SimpleNamespace(research_work_share=0.5, outside_research=0.0)
    out = knowledge.effective_rd(np.array([8.0, 0.0]), np.array([0.5, 0.5]), 0.0625, p)
    assert out == pytest.approx([1.0, 0.0])


def test_firm_without_researchers_does_some_rd_through_what_it_buys():
    assert 0.4 < knowledge.effective_rd(np.array([0.0]), np.array([1.0]), 0.06, P)[0] < 0.8


def test_research_capital_is_measured_against_size_age_and_what_researchers_cost():
    norm, sales = np.full(5, 0.04), np.full(5, 50.0)  # half a million a quarter: 2 at birth, 10 in the long run
    age = np.array([0, 1000, 1000, 1000, 0])
    stock = np.array([2.0, 10.0, 20.0, 0.0, 2.0 * 0.9])
    capital = knowledge.research_capital(stock, sales, age, norm, 1.0, P)
    assert capital == pytest.approx([0.0, 0.0, np.log(2.0), -1.5, np.log(0.9)])
    dear = knowledge.research_capital(stock, sales, age, norm, 1.21, P)
    assert dear[0] == pytest.approx(-P.research_work_share * np.log(1.21))


def test_twice_the_research_makes_a_firm_more_productive_by_the_published_elasticity():
    still = research.PARAMETERS(productivity_noise=0.0, knowledge_effect=0.0, quality_effect=0.0).quarterly()
    world = run(small_world(), p=still)
    firms = world.firms
    stock, reference = firms.rd_stock[:60].copy(), world.records["research_capital_reference"]
    # firms of the start are as productive at once as their research makes them, on average as the industry
    first = research.PARAMETERS(rd_effect=0.0, productivity_noise=0.0, knowledge_effect=0.0, quality_effect=0.0)
    without = run(small_world(), p=first.quarterly())
    above = (firms.productivity[:60] - without.firms.productivity[:60]) / still.rd_effect
    intensity = np.log(stock / firms.sales_year[:60])
    for industry in range(len(reference)):
        mine = firms.industry[:60] == industry
        assert above[mine].mean() == pytest.approx(0.0, abs=1e-9)
        if np.ptp(above[mine]) > 0.0:  # not all of them beyond the bounds
            assert np.corrcoef(above[mine], intensity[mine])[0, 1] > 0.8
            assert np.ptp(above[mine]) > 0.5 * min(np.ptp(intensity[mine]), 3.0)
    # from there, twice the stock leads to 8 % of ln 2 more, in the long run
    world.begin_quarter(1)
    world.lock(False)
    firms.rd_stock[:60] = 4.0 * REGION.industries.rd_intensity[firms.industry[:60]] * firms.sales_year[:60]
    goals = []
    for times in (1.0, 2.0):
        capital = research._research_capital(world, firms.live, times * firms.rd_stock[:60], still)
        level = np.zeros(60)
        for _ in range(200):
            level = knowledge.next_productivity(level, level * 0, level * 0, capital, level * 0, still)
        goals.append(level)
    np.testing.assert_allclose(goals[1] - goals[0], 0.08 * np.log(2.0), rtol=1e-4)


def test_dearer_researchers_are_not_more_research():
    usual, dear, blind = small_world(), small_world(), small_world()
    for world in (dear, blind):
        world.segments.wage[:] *= 1.5
    run(usual, p=P), run(dear, dear=1.5), run(blind)
    np.testing.assert_allclose(dear.firms.knowledge[:60], usual.firms.knowledge[:60])
    assert blind.firms.knowledge[:60].sum() > usual.firms.knowledge[:60].sum()


def test_a_grant_pays_for_researchers_too():
    spent = {}
    for staff in (0.0, 0.2):  # wages of researchers, million CNY a quarter
        plain, granted = small_world(), small_world()
        for world in (plain, granted):
            world.firms.cash[:60] += 5.0
            world.talent.wage[:120] = 2.0 * staff
        granted.firms.grant_left[7] = 1.0
        run(plain), run(granted)
        spent[staff] = granted.firms.rd_spend[7] - plain.firms.rd_spend[7]
    assert 0.0 < spent[0.0] <= P.grant_pace
    assert spent[0.2] < spent[0.0]  # where the people are there already, the grant buys less besides


def test_most_is_learnt_at_the_best_gap_and_nothing_from_below():
    gain = knowledge.proximity_gain(np.array([-0.2, 0.0, 0.125, 0.25, 0.5, 1.5]), 0.25)
    assert gain[:2] == pytest.approx([0.0, 0.0])
    assert gain[3] == pytest.approx(1.0)
    assert gain[4] == pytest.approx(2.0 / np.e)
    assert gain.argmax() == 3


def test_research_density_adds_by_cell_and_spreads_over_fields():
    weights = np.array([[1.0, 0.0], [0.25, 0.75]])
    out = knowledge.research_density(np.array([0, 0, 2]), np.array([0, 1, 1]), np.array([1.0, 4.0, 2.0]), weights, 3)
    assert out == pytest.approx(np.array([[2.0, 3.0], [0.0, 0.0], [0.5, 1.5]]))


def test_faster_link_brings_outside_knowledge_nearer():
    p = SimpleNamespace(travel_full=9.0, travel_elasticity=1.0)
    strength = knowledge.link_strength(np.array([19.0, 39.0]), np.ones(2), p)
    assert strength == pytest.approx([1 / 2, 1 / 4])
    level = knowledge.outside_knowledge(strength, np.array([[1.0], [0.0]]))
    assert level[0] == pytest.approx(2 / 3)


def test_knowledge_falls_back_without_research_and_grows_with_it():
    z, share = np.full((2, 1), 0.4), np.ones((2, 1))
    p = SimpleNamespace(learning_rate=0.01, learning_scale=1.0, frontier_growth=0.01)
    out = knowledge.next_knowledge(z, np.array([0.0, np.e - 1.0]), share, np.zeros((2, 1)), np.ones(2), p)
    assert out[:, 0] == pytest.approx([0.396, 0.396 + 0.01 * 0.8])


def test_each_consortium_beyond_the_first_costs_attention():
    out = knowledge.attention(np.array([0, 1, 2]), SimpleNamespace(attention_cost=0.14))
    assert out == pytest.approx([1.0, 1.0, np.exp(-0.14)])


@pytest.mark.parametrize(("trials", "probability"), [(1, 0.3), (7, 0.25), (40, 0.02), (40, 0.5)])
def test_binomial_counts_are_the_exact_quantiles(trials, probability):
    u = np.linspace(0.003, 0.997, 101)
    got = invention.binomial_quantile(u, np.full(101, trials), np.full(101, probability))
    assert (got == binom.ppf(u, trials, probability)).all()


def test_binomial_counts_of_many_trials_have_mean_and_bounds():
    u = (np.arange(2000) + 0.5) / 2000
    got = invention.binomial_quantile(u, np.full(2000, 400), 0.25)
    assert got.mean() == pytest.approx(100, rel=0.01)
    assert got.max() <= 400


def test_inventions_spread_over_the_lags_without_loss():
    out = invention.spread_over_lags(np.array([0, 1, 6]), np.array([2, 3, 1]))
    assert out.tolist() == [[0, 0, 0, 0], [0, 0, 0, 1], [1, 2, 2, 1]]


def test_riskier_projects_fail_more_and_pay_more_in_the_mean():
    passing = invention.pass_probability(np.array([-1.0, 0.0, 1.0]), P)
    pays = invention.project_gain(np.ones(3), np.zeros(3), np.full(3, 1e3), passing, np.ones(3), P)
    assert (np.diff(passing) < 0).all()
    assert (np.diff(passing**2 * pays) > 0).all()


def test_subsidy_and_deduction_lower_the_user_cost():
    assert reporting.user_cost(0.0, 0.25, 1.0) == pytest.approx(2.0 / 3.0)
    assert reporting.user_cost(0.1, 0.25, 0.75) == pytest.approx(0.65)


def test_audits_find_relabelled_rd_in_proportion_and_fines_cost_what_firms_expect():
    relabelled, planned = np.array([0.0, 0.2, 0.4]), np.full(3, 2.0)
    chance = reporting.found_chance(relabelled, planned, P.audit_rate)
    assert chance == pytest.approx([0.0, 0.1 * P.audit_rate, 0.2 * P.audit_rate])
    caution = np.full(3, 4.0 * P.audit_rate * P.audit_penalty)  # of a firm of mean caution
    share = relabelled / planned
    expected = reporting.cost_of_reaching(share, share, caution, P) * planned
    assert chance * reporting.fine(relabelled, P) == pytest.approx(expected)


def test_certificate_asks_for_less_intensity_of_larger_firms():
    out = reporting.threshold_intensity(
        np.array([10.0, 50.0, 51.0, 500.0]), np.array([50.0, 200.0]), np.array([0.05, 0.04, 0.03])
    )
    assert out == pytest.approx([0.05, 0.05, 0.04, 0.03])


def test_firm_just_below_the_threshold_adds_and_relabels_and_others_do_not():
    planned, sales = np.array([0.8, 0.8, 0.1, 1.2]), np.full(4, 20.0)
    gain = np.array([0.12, 0.0, 0.12, 0.12])
    added, relabelled = reporting.reporting_plan(
        planned, sales, np.full(4, 1.0), gain, np.full(4, 0.05), np.full(4, 2.0), 0.0, np.ones(4, dtype=bool), P
    )
    assert added + relabelled == pytest.approx([0.2, 0.0, 0.0, 0.0])
    assert relabelled[0] == pytest.approx(0.8 * P.real_cost / 2.0)


def test_subsidy_makes_firms_relabel_a_little():
    assert reporting.relabelling(np.zeros(1), np.full(1, 0.5), 0.1, P)[0] == pytest.approx(0.2)


def test_no_certificate_gain_means_no_relabelling():
    off = run(small_world(), 3, rules={**CERTIFICATE, "tax_gain": 0.0})
    on = run(small_world(), 3, rules=CERTIFICATE)
    assert off.records.flows["rd_relabelled"] == 0.0
    assert on.records.flows["rd_relabelled"] > 0.0
    assert on.records.flows["rd_firms"] > off.records.flows["rd_firms"]


def test_quarters_keep_the_books_and_the_bounds():
    world = run(small_world(), 6, rules=CERTIFICATE)
    flows, rows = world.records.flows, world.firms.live
    assert flows["rd_firms"] == pytest.approx(world.firms.rd_spend[rows].sum())
    assert flows["rd_institutes"] > 0
    assert world.records["rd_purchases"].shape == rows.shape
    assert (world.firms.rd_reported[rows] >= world.firms.rd_spend[rows] - 1e-12).all()


def test_pending_patents_are_granted_in_their_quarter():
    world = small_world()
    run(world)
    assert world.records.flows["patents_granted"] == 60
    assert world.records.column("patents", "value").size == 60
    assert (world.firms.patents_pending[world.firms.live][:, 7] == 0).all()


def test_subsidy_raises_rd_slowly_and_records_what_is_due():
    levers = Levers()
    levers.rd_subsidy_rate.move(0.2)
    with_it, without = run(small_world(), 8, levers), run(small_world(), 8)
    rows = with_it.firms.live
    due = with_it.firms.rd_subsidy_due[rows]
    assert due == pytest.approx(0.2 * with_it.firms.rd_reported[rows])
    growth = with_it.firms.rd_intensity[rows] / without.firms.rd_intensity[rows]
    assert (growth > 1.0).all()
    assert (growth < 1.15).all()


def test_unmoved_lever_and_zero_subsidy_give_the_same_world():
    levers = Levers()
    levers.rd_subsidy_rate.move(0.0)
    assert (run(small_world(), 4, levers).firms.knowledge == run(small_world(), 4).firms.knowledge).all()


def test_market_entry_may_be_left_at_most_nine_times_in_ten():
    assert invention.entry_leave(np.array([0.0, 0.4, 9.0]), P) == pytest.approx(
        [P.project_leave, 1.4 * P.project_leave, 0.9]
    )


def test_testing_near_by_moves_projects_out_of_market_entry_and_passes_no_more_of_them():
    levers = Levers()
    levers.market_entry_speed.move(1.0)
    ended = []
    for moved in (levers, None):
        world = small_world(200)
        world.firms.projects[:200] = [0, 400]
        flows = run(world, levers=moved).records.flows
        ended.append((flows["projects_finished"], flows["projects_succeeded"] / flows["projects_finished"]))
    assert ended[0][0] > 1.9 * ended[1][0]
    assert ended[0][1] == pytest.approx(ended[1][1], abs=0.02)


def test_firm_starts_the_same_projects_whoever_else_is_there():
    few, many = run(small_world(200)), run(small_world(200))
    trimmed = small_world(200)
    trimmed.talent.remove(np.arange(10))
    trimmed.firms.cash[:5] = 0.0
    trimmed.firms.remove(np.arange(5))
    run(trimmed)
    rows = trimmed.firms.live
    assert (few.firms.projects[rows] == many.firms.projects[rows]).all()
    assert (trimmed.firms.projects[rows] == few.firms.projects[rows]).all()
    assert trimmed.firms.projects[rows].sum() > 0


def test_nearer_region_outside_means_more_joint_inventions():
    def joint(minutes):
        world = small_world(200)
        world.externals.travel_time[:] = minutes
        world.firms.rd_intensity[:] = 0.5
        return run(world).records["collaborations"].sum()

    assert joint(1.0) > joint(300.0)


def test_consortium_members_learn_in_its_field():
    world = small_world()
    keys = world.firms.key[:3]
    alone = run(small_world())
    world.consortia.append(
        key=[7], leader=keys[:1], institute=[1], industry=[0], field=[1], started=[0], ends=[9], quality=[1.0]
    )
    world.memberships.append(consortium=np.full(3, 7), firm=keys)
    world.firms.memberships[:3] = 1
    run(world)
    gain = world.firms.knowledge[:3, 1] - alone.firms.knowledge[:3, 1]
    assert (gain[[0, 2]] > 0).all()
    assert gain[1] == 0, "the best of the three has nothing to learn here"
    assert (world.firms.knowledge[3:60] == alone.firms.knowledge[3:60]).all()


def test_too_many_consortia_teach_less_than_one_where_attention_is_dear():
    level = {}
    for cost in (0.0, 0.9):
        p = SimpleNamespace(**{**vars(P), "attention_cost": cost})
        for several in (1, 5):
            world = small_world()
            keys = np.arange(7, 7 + several)
            world.consortia.append(
                key=keys, leader=world.firms.key[:1], institute=1, industry=0, field=1, started=0, ends=9, quality=1.0
            )
            world.memberships.append(consortium=np.tile(keys, 2), firm=np.repeat(world.firms.key[:2], several))
            world.firms.memberships[:2] = several
            level[cost, several] = run(world, p=p).firms.knowledge[0].sum()
    assert level[0.0, 5] > level[0.0, 1]
    assert level[0.9, 5] < level[0.9, 1]


def test_platform_access_teaches_the_firms_that_have_it():
    levers = Levers()
    levers.platform_access.move(lambda view: 0.5 * (np.arange(len(view)) < 3))
    more = run(small_world(), levers=levers).firms.knowledge[:60] - run(small_world()).firms.knowledge[:60]
    assert (more[:3].sum(axis=1) > 0).all()
    assert (more[3:] == 0).all()


def test_funded_joint_inventions_are_more_and_teach_and_others_only_count():
    p = SimpleNamespace(joint_elasticity=1.0)
    assert invention.joint_readiness(np.array([0.0, 0.5]), p) == pytest.approx([1.0, 2.0])
    levers = Levers()
    levers.joint_support.move(np.eye(len(REGION.externals.name))[0] * 0.5)
    worlds = []
    for moved in (levers, None):
        world = small_world(200)
        world.externals.travel_time[:] = 5.0
        world.firms.rd_intensity[:] = 0.5
        worlds.append(run(world, levers=moved))
    funded, alone = (world.records["collaborations"] for world in worlds)
    assert funded[0] > 1.3 * alone[0]
    assert (funded[1:] == alone[1:]).all()
    more = (worlds[0].firms.knowledge - worlds[1].firms.knowledge).sum(axis=1)[:200]
    partners = worlds[0].firms.rows_of(worlds[0].records.column("joint_inventions", "firm_key"))
    assert set(np.flatnonzero(more != 0)) <= set(partners)
    assert (more >= 0).all()
    assert more.max() > 0


def test_a_key_project_passes_rather_where_there_is_research_and_leaps_over_half_the_gap():
    p = SimpleNamespace(challenge_pass=0.5, challenge_stock=5.0, challenge_leap=0.5)
    assert challenges.pass_chance(np.array([0.0, 5.0, 45.0]), p) == pytest.approx([0.0, 0.25, 0.45])
    assert challenges.leap(np.array([0.4, 1.2]), p) == pytest.approx([0.3, 0.0])


def test_a_key_project_takes_attention_from_ordinary_learning():
    busy, free = small_world(), small_world()
    busy.challenges.append(firm=busy.firms.key[:3], field=0, started=0, ends=99, left=1.0)
    less = run(busy).firms.knowledge[:60].sum(axis=1) - run(free).firms.knowledge[:60].sum(axis=1)
    assert (less[:3] < 0).all()
    assert (less[3:] == 0).all()


def test_institutes_spend_the_funding_that_they_count_on_as_far_as_they_have_it():
    levers = Levers()
    levers.institute_funding.move(np.array([0.5, 0.0, 99.0]))
    funded, alone = small_world(), small_world()
    for world in (funded, alone):
        world.institutes.cash[:3] = 6.0
    more = run(funded, levers=levers).institutes.rd_spend[:3] - run(alone).institutes.rd_spend[:3]
    assert more[0] > 0
    assert more[1] == 0
    assert funded.institutes.cash[2] == pytest.approx(0.0, abs=1e-9)


def test_institutes_spend_their_budget_and_part_of_what_contracts_bring():
    world = small_world()
    world.institutes.cash[0] += 100.0
    run(world)
    spend = world.institutes.rd_spend[:3]
    assert spend[1] >= 2.0 - 1e-9
    assert spend[0] > spend[1] + 40.0
    assert world.ledger.totals["institute_budget"].sum() == pytest.approx(7.0)


def test_focus_moves_attention_to_the_main_fields():
    share = np.array([[1.0, 0.5, 0.0], [1.0, 0.5, 0.0]])
    moved = knowledge.focused(np.array([1.0, 0.5]), share, np.array([0.2, 0.0]))
    assert moved == pytest.approx(np.array([[1.2, 1.0, 0.8], [0.5, 0.5, 0.5]]))


def test_cheaper_projects_are_more_projects_for_the_same_research():
    plain, cheaper = small_world(400), small_world(400)
    levers = Levers()
    levers.project_cost_saved.move(lambda view: np.where(view.industry == 1, 0.5, 0.0))
    run(plain)
    run(cheaper, levers=levers)
    chosen = plain.firms.industry[:400] == 1
    started = [world.firms.projects[:400].sum(axis=1) for world in (plain, cheaper)]
    assert (started[1][~chosen] == started[0][~chosen]).all()
    assert (started[1] >= started[0]).all()
    assert 1.5 < started[1][chosen].sum() / started[0][chosen].sum() < 2.5
    assert (plain.firms.rd_spend[:400] == cheaper.firms.rd_spend[:400]).all()


def test_what_is_researched_is_in_reach_of_the_cells_around_it_at_the_scale_of_the_whole_district():
    with_institutes, without = small_world(scale=0.5), small_world(scale=0.5)
    for column in ("budget", "wage_bill", "cash"):
        without.institutes.arrays[column][:] = 0.0
    for world in (with_institutes, without):
        run(world)
    hosts = with_institutes.institutes
    rows = hosts.live
    assert (hosts.rd_spend[rows] > 0).all()
    assert not without.institutes.rd_spend[rows].any()
    done = np.zeros(with_institutes.cells.research.shape)
    done[hosts.cell[rows]] = hosts.rd_spend[rows, None] * hosts.expertise[rows]
    around = reach(REGION) @ done / 0.5
    assert with_institutes.cells.research - without.cells.research == pytest.approx(around)
    assert (without.cells.research > 0).any()

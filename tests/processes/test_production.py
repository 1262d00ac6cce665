"""Production: rules by hand on small arrays, directions, and a quarter under the guard."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from simulation import Ecosystem, load_scenario
from simulation.draws import Draws
from simulation.levers import Levers
from simulation.populations.columns import origin_keys
from simulation.processes.production import demand, investment
from simulation.processes.production import process as production
from simulation.processes.production.process import ProductionParameters
from simulation.space.region import load_region
from simulation.world import World

P = ProductionParameters().quarterly()


def test_demand_shock_keeps_its_long_run_spread():
    shock, deviation = np.zeros(2), np.array([0.05, 0.1])
    rng = np.random.default_rng(0)
    seen = []
    for _ in range(4000):
        luck = rng.standard_normal(3)
        shock = demand.demand_shock(shock, 0.5, deviation, luck[0], luck[1:], 0.5)
        seen.append(shock)
    assert np.std(seen, axis=0) == pytest.approx(deviation, rel=0.1)
    assert np.corrcoef(np.array(seen).T)[0, 1] == pytest.approx(0.5, abs=0.08)


def test_chain_purchases_follow_the_input_shares_of_the_buyer():
    inputs = np.array([[0.1, 0.3], [0.0, 0.2]])
    bought = demand.chain_purchases(inputs, np.array([0.5, 1.0]), np.array([100.0, 10.0]))
    assert bought == pytest.approx(np.array([[5.0, 15.0], [0.0, 2.0]]))


def test_better_suppliers_are_bought_from_more_up_to_a_ceiling():
    inputs = np.array([[0.0, 0.4], [0.2, 0.0]])
    share = np.array([1.0, np.e])
    assert demand.sourcing_target(0.2, 0.5, inputs, share, 0.9) == pytest.approx([0.2 * np.exp(0.5), 0.2])
    assert demand.sourcing_target(0.2, 5.0, inputs, share, 0.6)[0] == 0.6


def test_cost_borne_by_others_raises_what_is_wanted_with_constant_elasticity():
    assert investment.cost_response(np.array([0.0, 0.5, 0.75]), 0.5) == pytest.approx([1.0, np.sqrt(2.0), 2.0])
    assert investment.cost_response(0.0, 0.4) == 1.0


def test_quiet_quarters_leave_orders_alone_and_large_firms_move_less():
    count, ones, markets = np.array([0, 4, 4, 4]), np.ones(4), np.array([2.0, 2.0, 4.0, 2.0])
    shock = demand.orders_shock(count, ones, np.array([0.0, 0.0, 0.0, 1.0]), markets, 0.22, np.log(2.0))
    assert shock == pytest.approx([0.0, 0.22, 0.11, 0.44])


def test_share_growth_selects_saturates_and_helps_newcomers():
    p = SimpleNamespace(
        selection=0.03,
        growth_low=-0.1,
        growth_high=0.08,
        saturation=1.2,
        saturation_share=0.05,
        newness=0.02,
        newness_life=10.0,
    )
    old = np.full(4, 1000)
    growth = demand.share_growth(np.array([0.0, np.log(2.0), 4.0, 0.0]), np.array([0.01, 0.01, 0.01, 0.15]), old, p)
    assert growth == pytest.approx([0.0, 0.03, 0.08, -0.12], abs=1e-12)
    assert demand.share_growth(np.zeros(1), np.zeros(1), np.zeros(1), p) == pytest.approx([0.02])


def test_orders_beyond_capacity_go_half_to_firms_with_slack():
    orders, sales = demand.divided(
        np.array([30.0]), np.array([2.0, 1.0]), np.zeros(2, dtype=int), np.array([10.0, 30.0]), 0.5
    )
    assert orders == pytest.approx([20.0, 10.0])
    assert sales == pytest.approx([10.0, 15.0])


def test_sales_never_exceed_capacity_nor_demand():
    rng = np.random.default_rng(1)
    industry = rng.integers(0, 3, 200)
    capacity = rng.lognormal(0, 1, 200)
    wanted = np.array([50.0, 5.0, 1e4])
    _, sales = demand.divided(wanted, rng.lognormal(0, 1, 200), industry, capacity, 1.0)
    assert (sales <= capacity * (1 + 1e-12)).all()
    assert (np.bincount(industry, sales) <= wanted * (1 + 1e-12)).all()


def test_empty_skilled_jobs_bound_capacity():
    fill = demand.fill_rate(np.array([9.0, 4.0, 12.0]), np.array([9.0, 9.0, 9.0]))
    np.testing.assert_allclose(fill, [1.0, 0.5, 1.0])
    capacity = demand.effective_capacity(np.full(3, 8.0), np.full(3, 0.5), fill, 1.25, 0.6)
    np.testing.assert_allclose(capacity, [5.0, 5.0 * 0.5**0.6, 5.0])


def test_growth_without_managers_costs_and_shrinking_does_not():
    factor = demand.growing_pains(np.array([0.2, 0.2, -0.2]), np.array([1.0, 0.5, 0.5]), 0.15)
    np.testing.assert_allclose(factor, [1.0, 1.015, 1.0])


def test_opening_shares_leave_the_margin_wanted():
    value_added, other = np.array([0.3, 0.15]), np.array([10.0, 18.0])
    inputs, labour = production.opening_shares(np.array([100.0, 100.0]), value_added, other, 0.05, 0.15, 0.06)
    margin = (1.0 - inputs) * (1.0 - 0.06) - labour - other / 100.0
    assert margin == pytest.approx([0.05, 0.05])
    assert inputs[0] == pytest.approx(0.7)
    assert inputs[1] < 0.85
    assert labour[1] == pytest.approx(0.15 * (1.0 - inputs[1]))


def test_competition_passes_excess_margins_on_to_customers():
    share = production.competed_input_share(
        np.array([0.7, 0.7, 0.7]), np.array([10.0, 2.0, 0.0]), np.array([100.0, 100.0, 0.0]), 0.06, 0.1
    )
    assert share == pytest.approx([0.704, 0.696, 0.7])


def test_better_or_cheaper_goods_win_a_part_of_world_demand_but_not_of_that_near_by():
    share = production.world_share(np.array([1.0, 1.0, 0.5, 4.9]), np.array([0.02, 0.02, -0.1, 0.1]),
                                   np.array([0.0, 0.5, 1.0, 0.0]), 1.5)
    assert share == pytest.approx([np.exp(0.03), np.exp(0.015), 0.5, 5.0])


def test_prices_that_competition_lowers_bring_customers():
    tables = []
    for competition in (0.0, 0.1):
        scenario = load_scenario("baseline", scale=0.05, set={"parameters.production.competition": competition})
        model = Ecosystem(scenario, rng=3)
        model.step()  # up to the prices of this quarter both are the same
        tables.append(model.world.industries)
    cheaper = tables[1].input_share - tables[0].input_share
    assert (abs(cheaper) > 1e-5).any()
    elasticity = scenario.parameters["production"].share_elasticity
    won = np.exp(elasticity * (1.0 - model.world.region.industries.demand_local) * cheaper)
    assert tables[1].share / tables[0].share == pytest.approx(won, rel=1e-12)


def test_margins_are_means_over_a_year_or_over_a_shorter_life():
    margin = np.zeros(1)
    for age, seen in enumerate((0.3, -0.1, 0.1, 0.5), start=1):
        margin = production.next_margin(margin, np.array([seen]), np.array([age]))
    assert margin == pytest.approx([0.2])
    assert production.next_margin(margin, np.array([0.6]), np.array([40])) == pytest.approx([0.3])


def test_productive_and_digital_firms_have_lower_unit_cost():
    factor = production.unit_cost_factor(np.array([0.0, 0.5, 0.0]), np.zeros(3), np.array([0.0, 0.0, 0.02]), 0.2)
    assert factor == pytest.approx([1.0, np.exp(-0.1), 0.98])


def test_investment_waits_for_the_trigger_and_then_closes_the_gap():
    wanted = investment.capital_wanted(np.array([100.0, 100.0]), np.array([0.5, 0.5]), np.array([44.0, 40.0]), 0.15)
    assert wanted == pytest.approx([0.0, 10.0])


def test_investment_begins_only_with_enough_money_in_hand():
    assert investment.invested_from_cash(np.full(3, 10.0), np.array([3.9, 4.0, 50.0]), 0.4) == pytest.approx(
        [0.0, 4.0, 10.0]
    )


def test_finance_gap_counts_what_cash_does_not_cover():
    gap = investment.finance_gap(np.array([5.0, 1.0, -1.0]), np.array([1.0, 2.0, 0.5]), np.array([2.0, 0.0, 0.0]))
    assert gap == pytest.approx([0.0, 1.0, 1.5])


def test_only_profitable_firms_pay_dividends_out_of_excess_cash():
    paid = investment.dividend(np.array([3.0, 3.0, 0.5]), np.ones(3), np.array([True, False, True]), 0.25)
    assert paid == pytest.approx([0.5, 0.0, 0.0])


def test_digital_adoption_is_likelier_with_size_and_contact_and_dips_first():
    chance = investment.adoption_probability(np.array([10.0, 100.0, 10.0]), np.array([0.0, 0.0, 0.5]), P)
    assert chance[0] == pytest.approx(P.adoption_base)
    assert chance[1] > chance[0]
    assert chance[2] > chance[0]
    saving = investment.digital_saving(
        np.array([0.0, 0.15, 1.0]), np.array([False, True, True]), np.array([9, 0, 30]), P
    )
    assert saving[0] == 0
    assert saving[1] < 0
    assert saving[2] == pytest.approx(P.digital_gain)


def test_new_products_age_and_are_renewed_by_gains():
    share = investment.new_product_share(np.array([0.5, 0.5]), np.array([0.0, 0.2]), 0.1, 1.0)
    assert share == pytest.approx([0.45, 0.45 + 0.55 * (1 - np.exp(-0.2))])


def small_world() -> World:
    """A testbed district with forty firms and no other agents."""
    world = World(load_region("testbed"))
    n, sectors = 40, len(world.industries)
    industry = np.arange(n) % sectors
    sales = 1.0 + np.arange(n) / 4.0
    rows = world.firms.add(
        origin_keys("firm", 0, 0, np.arange(n)),
        industry=industry,
        cell=np.arange(n) % len(world.cells),
        born=-20,
        capital=world.region.industries.capital_intensity[industry] * sales * 4,
        sales=sales,
        sales_year=4 * sales,
        space=0.1,
        sales_3y=12 * sales,
        new_product_share=0.1,
        rd_spend=0.04 * sales,
        rd_reported=0.04 * sales,
        wage_bill=0.05 * sales,
    )
    world.firms.cash[rows] = sales
    world.cells.rent[:] = 0.1
    world.segments.wage[:] = 0.2
    return world


def run(world: World, quarters: int = 1, labour: dict[str, np.ndarray] | None = None, **changes: float) -> World:
    """Run production alone, under the guard and with both books checked, on what the labour market published."""
    p = ProductionParameters(**changes).quarterly()
    draws, levers = Draws(3), Levers()
    for _ in range(quarters):
        quarter = world.quarter + 1
        draws.quarter = quarter
        world.begin_quarter(quarter)
        world.records.state.update(labour or {})
        with world.writing(production.WRITES):
            production.step(world, levers, draws, p)
        assert world.end_quarter() < 1e-9
        assert world.invariants() == []
        world.lock(False)
    return world


def test_twelve_quarters_keep_the_books_and_the_bounds():
    world = run(small_world(), 12)
    flows = world.records.flows
    assert flows["sales"] > 0
    assert flows["value_added"] < flows["sales"]
    assert world.ledger.sum_of("sales") + world.ledger.sum_of("chain_sales") == pytest.approx(flows["sales"])
    assert world.firms.market_share.sum() == pytest.approx(len(world.industries))


def test_industries_open_near_their_sales_and_margin():
    world = run(small_world())
    f, rows = world.firms, world.firms.live
    before = (1.0 + np.arange(40) / 4.0).sum()
    assert world.records.flows["sales"] == pytest.approx(before, rel=0.15)
    assert f.profit[rows].sum() / f.sales[rows].sum() == pytest.approx(0.06, abs=0.02)


def test_a_certificate_lowers_tax_and_the_difference_is_noted_as_expenditure():
    plain, certified = small_world(), small_world()
    certified.firms.certificate_until[:40] = 99
    taxes = [run(w).records.flows for w in (plain, certified)]
    total = [t["tax_local"] + t["tax_upper"] for t in taxes]
    forgone = taxes[1]["tax_expenditure_local"] + taxes[1]["tax_expenditure_upper"]
    assert total[1] < total[0]
    assert total[0] - total[1] == pytest.approx(forgone)
    assert taxes[0]["tax_expenditure_local"] == 0


def test_public_support_is_income_as_it_is_spent_and_is_not_taxed():
    plain, helped = small_world(), small_world()
    helped.firms.support[5] = 2.0
    flows = [run(world).records.flows for world in (plain, helped)]
    assert helped.firms.profit[5] - plain.firms.profit[5] == pytest.approx(2.0 * P.support_pace)
    assert helped.firms.support[5] == pytest.approx(2.0 * (1.0 - P.support_pace))
    assert helped.firms.margin[5] > plain.firms.margin[5]
    assert helped.firms.value_added[5] == plain.firms.value_added[5]
    assert flows[0]["tax_local"] == flows[1]["tax_local"]
    assert flows[0]["tax_upper"] == flows[1]["tax_upper"]


def test_courses_that_a_firm_pays_for_lower_its_profit():
    plain, training = run(small_world()), run(small_world())
    cost = np.zeros(len(training.firms))
    cost[5] = 0.02
    run(plain, labour={"training_cost": 0.0 * cost})
    run(training, labour={"training_cost": cost})
    assert plain.firms.profit[5] - training.firms.profit[5] == pytest.approx(0.02)
    assert plain.firms.sales[5] == training.firms.sales[5]


def test_volume_is_value_added_at_the_prices_of_the_start():
    world = run(small_world())
    flows, opened = world.records.flows, world.industries.input_share.copy()
    assert flows["value_added_volume"] == pytest.approx(flows["value_added"])  # no price has moved yet
    world.industries.price[:] = -0.1
    prices = world.industries.price.copy()
    run(world)
    sales, inputs = world.firms.sales[:40], world.firms.sales[:40] - world.firms.value_added[:40]
    flows = world.records.flows
    assert flows["value_added_volume"] == pytest.approx((sales * np.exp(0.1) - inputs).sum())
    np.testing.assert_allclose(world.industries.price - prices, opened - world.industries.input_share, atol=0.02)


def test_prices_fall_by_what_competition_passes_on():
    world = run(small_world(), 8)
    opened = run(small_world()).industries
    fallen = world.industries.price - opened.price
    assert np.abs(fallen).max() > 1e-4
    np.testing.assert_allclose(fallen, opened.input_share - world.industries.input_share)


def test_people_who_do_the_work_of_ordinary_staff_save_their_pay():
    plain, saving = small_world(), small_world()
    for world, pay in ((plain, 0.0), (saving, 0.01)):
        world.firms.staff[:40, 2] = 3
        run(world, labour={"replaced_pay": np.full((len(world.industries), 5), pay)})
    np.testing.assert_allclose(saving.firms.profit[:40] - plain.firms.profit[:40], 0.03)
    assert (saving.firms.labour[:40] < plain.firms.labour[:40]).all()


def test_jobs_that_people_are_only_cheap_for_do_not_bound_capacity():
    sold = []
    for share in (1.0, 0.5):
        world = small_world()
        world.firms.staff_wanted[:40, 1], world.firms.staff[:40, 1] = 20, 10
        world.firms.capital[:40] *= 0.7
        needed = np.full((len(world.industries), 5), share)
        sold.append(run(world, labour={"needed_share": needed}).records.flows["sales"])
    assert sold[1] > 1.1 * sold[0]


def test_a_productive_firm_gains_share_and_margin():
    plain, better = small_world(), small_world()
    better.firms.productivity[5] = 0.8
    run(plain, 8), run(better, 8)
    assert better.firms.sales[5] > plain.firms.sales[5]
    assert better.firms.margin[5] > plain.firms.margin[5]


def test_a_project_gain_raises_sales_new_products_and_productivity():
    plain, better = small_world(), small_world()
    better.firms.project_gain[5] = 0.3
    run(plain), run(better)
    for column in ("sales", "new_product_share", "productivity"):
        assert better.firms.arrays[column][5] > plain.firms.arrays[column][5]


def test_an_industry_without_firms_stays_empty():
    world = small_world()
    world.firms.remove(np.flatnonzero(world.firms.industry[:40] == 1))
    world.ledger.open_quarter(0)
    run(world, 3)
    assert world.industries.sales[1] == 0

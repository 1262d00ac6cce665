"""Outcomes of a hand-made district, computed by hand."""

import numpy as np
import pytest

from simulation import outcomes
from simulation.outcome import OUTCOMES
from simulation.populations.columns import origin_keys
from simulation.populations.talent import FIRM, INSTITUTE, NO_EMPLOYER, OUTSIDE
from simulation.space.region import load_region
from simulation.world import World

outcomes.load()


@pytest.fixture
def world():
    """Four firms and five people of the testbed at half size, in quarter 8."""
    district = World(load_region("testbed"), scale=0.5)
    core = int(np.flatnonzero(district.region.zone_mask("core"))[0])
    rest = int(np.flatnonzero(~district.region.zone_mask("core"))[0])
    emerging = int(np.flatnonzero(district.region.industries.emerging)[0])
    old = int(np.flatnonzero(~district.region.industries.emerging)[0])
    district.firms.add(
        origin_keys("firm", 0, 0, np.arange(4)),
        tier=[1, 2, 3, 4],
        industry=[emerging, emerging, old, old],
        cell=[core, rest, rest, rest],
        value_added=[1.0, 2.0, 4.0, 3.0],
        sales=[1.0, 3.0, 8.0, 8.0],
        productivity=[0.0, 1.0, 0.5, 0.5],
        new_product_share=[1.0, 0.5, 0.0, 0.25],
        patents=[1, 3, 2, 4],
        champion=[False, True, False, True],
        digital=[0.0, 0.0, 0.5, 0.5],
        market_share=[0.25, 0.75, 0.5, 0.5],
    )
    district.institutes.add(origin_keys("institute", 0, 0, np.arange(1)), cell=core)
    district.talent.add(
        origin_keys("talent", 0, 0, np.arange(5)),
        skill=[0, 0, 1, 3, 4],
        wage=[0.3, 0.5, 0.1, 0.3, 0.4],
        cell=core,
        employer_kind=[FIRM, INSTITUTE, NO_EMPLOYER, OUTSIDE, FIRM],
        employer=[0, 0, -1, 0, 3],
        top=[True, False, False, False, False],
    )
    district.quarter = 8
    return district


def read(world, name):
    class Model:
        pass

    model = Model()
    model.world = world
    return OUTCOMES[name].read(model)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("firms", 8.0),
        ("startups", 2.0),
        ("tech_smes", 2.0),
        ("high_tech_enterprises", 2.0),
        ("leaders", 2.0),
        ("specialised_champions", 4.0),
        ("emerging_share", 0.3),
        ("productivity", 11.0 / 20),
        ("largest_firm_share", 0.75),
        ("new_product_share", 4.5 / 20),
        ("patents_in_force", 20.0),
        ("digital_adoption", 0.25),
        ("outside_core_share", 0.9),
        ("jobs", 6.0),
        ("talent_total", 10.0),
        ("talent_research", 4.0),
        ("talent_skilled", 2.0),
        ("talent_broker", 0.0),
        ("talent_finance", 2.0),
        ("talent_management", 2.0),
        ("talent_top", 2.0),
        ("unemployment", 0.2),
        ("talent_wage", 0.375),
    ],
)
def test_state_is_counted_and_weighted(world, name, expected):
    assert read(world, name) == pytest.approx(expected)


def test_dispersion_is_taken_within_industries(world):
    gap = np.mean([0.8, 0.0])
    assert read(world, "productivity_dispersion") == pytest.approx(np.exp(gap))


def test_yearly_outcomes_sum_four_quarters_and_others_read_one(world):
    for sales in (9.0, 1.0, 2.0, 3.0):
        world.history.append({"sales": sales, "firm_births": 5.0})
    world.records.flow("sales", 4.0)
    world.records.flow("firm_births", 2.0)
    assert read(world, "sales") == pytest.approx(10.0 / 0.5)
    assert read(world, "firm_births") == pytest.approx(4.0)


def test_the_first_quarters_are_brought_to_a_year(world):
    world.history.append({"sales": 2.0})
    world.records.flow("sales", 4.0)
    assert read(world, "sales") == pytest.approx(2.0 * 6.0 / 0.5)


def test_gdp_is_value_added_at_the_prices_of_the_start_and_a_growing_background(world):
    world.records.flow("value_added", 8.0)
    world.records.flow("value_added_volume", 10.0)
    background = world.region.levels["gdp"].value * world.region.background["gdp_share"]
    assert read(world, "gdp") == pytest.approx(40.0 / 0.5 + background)
    world.quarter = 12
    assert read(world, "gdp") == pytest.approx(40.0 / 0.5 + background * (1.0 + world.region.background["growth"]))


def test_ratios_of_research_use_real_spending_and_all_people(world):
    for name, amount in {"rd_firms": 3.0, "rd_institutes": 1.0, "rd_reported": 5.0, "value_added": 10.0}.items():
        world.records.flow(name, amount)
    assert read(world, "firm_rd_share") == pytest.approx(0.75)
    assert read(world, "rd_intensity") == pytest.approx(32.0 / read(world, "gdp"))
    assert read(world, "rd_reported") == pytest.approx(40.0)
    people = world.region.levels["population"].value * 1e6 + (5 - world.region.levels["talent"].value * 0.5) / 0.5
    assert read(world, "population") == pytest.approx(people)
    assert read(world, "patents_per_10k") == pytest.approx(20.0 / people * 1e4)


def test_the_siphon_balance_is_arrivals_less_departures(world):
    world.records.flow("shanghai_in", 3)
    world.records.flow("shanghai_out", 5)
    assert read(world, "siphon_balance") == pytest.approx(-4.0)


def test_loans_and_the_pool(world):
    principal, covered = np.array([[4.0, 6.0, 2.0], [0.4, 0.0, 0.4]])
    world.loans.append(firm=np.arange(3), bank=np.arange(3), principal=principal, covered=covered)
    account = world.ledger.account("risk_pool")
    account.appropriated, account.paid = 3.0, 1.0
    assert read(world, "loans_outstanding") == pytest.approx(24.0)
    assert read(world, "pool_balance") == pytest.approx(4.0)
    assert read(world, "pool_leverage") == pytest.approx(3.0)
    world.records.flow("covered_new", 1.0)
    world.records.flow("covered_already_banked", 3.0)
    assert read(world, "covered_already_banked_share") == pytest.approx(0.75)


def test_venture_money_private_per_public(world):
    assert read(world, "private_per_public") == 0.0
    world.records.flow("venture_private", 6.0)
    world.records.flow("venture_public", 2.0)
    assert read(world, "private_per_public") == pytest.approx(3.0)


def test_floor_space_stands_empty_and_rents_are_weighted_by_use(world):
    world.cells.floor_space[:], world.cells.occupied[:], world.cells.rent[:] = 0.0, 0.0, 0.0
    world.cells.floor_space[:2], world.cells.occupied[:2], world.cells.rent[:2] = (10.0, 30.0), (12.0, 18.0), (0.1, 0.2)
    assert read(world, "vacancy_rate") == pytest.approx(1.0 - 28.0 / 40.0)
    assert read(world, "rent") == pytest.approx((12.0 * 0.1 + 18.0 * 0.2) / 30.0)


def test_public_cost_counts_payments_recoveries_interest_and_revenue(world):
    world.begin_quarter(9)
    ledger, account = world.ledger, world.ledger.account("rd_subsidy")
    ledger.pay("rd_subsidy", "district", "households", 6.0, account)
    ledger.pay("rd_subsidy", "upper", "households", 2.0, account)
    ledger.pay("recovery", "households", "district", 1.0, account)
    ledger.pay("debt_interest", "district", "world", 0.5)
    world.records.flow("tax_local", 1.5)
    world.records.flow("tax_upper", 0.5)
    assert (account.paid, account.recovered) == (8.0, 1.0)
    assert read(world, "spending_rd_subsidy") == pytest.approx(16.0)
    assert read(world, "net_cost_district") == pytest.approx((6.0 - 1.0 + 0.5 - 1.5) / 0.5)
    assert read(world, "net_cost_all_levels") == pytest.approx((8.0 - 1.0 + 0.5 - 1.5 - 0.5) / 0.5)


def test_neighbours_lose_what_moved_in(world):
    near = world.region.neighbours
    world.neighbours.firms[:], world.neighbours.talent[:] = near.firms * 0.5, near.talent * 0.5
    world.neighbours.firms[0] -= 3.0
    world.neighbours.talent[0] -= 10.0
    assert read(world, "neighbour_loss_firms") == pytest.approx(6.0)
    assert read(world, "neighbour_loss_talent") == pytest.approx(20.0)


@pytest.mark.parametrize("name", sorted(OUTCOMES))
def test_an_empty_district_has_finite_outcomes(name):
    empty = World(load_region("testbed"))
    empty.records["dual_chain_8q"] = {
        part: np.zeros(len(empty.region.fields)) for part in ("adopted", "produced", "need")
    }
    assert np.isfinite(read(empty, name))

"""Major project: an offer until one comes, payment in order, clawback for what is missed, nothing from the closed."""

import numpy as np
import pytest
from twin_worlds import START, policy_scenario, twins, walk

import simulation
from simulation.levers import Levers
from simulation.policies.major_project import MajorProject
from simulation.policy import Eligibility
from simulation.populations.columns import origin_keys
from simulation.populations.firms import ORIGINS
from simulation.populations.talent import FIRM
from simulation.space.region import load_region
from simulation.world import World

REGION = load_region("testbed")
PROJECT = ORIGINS.index("large_project")
INTENSITY = REGION.industries.capital_intensity[1]
RULES = {"land_share": 0.1, "plant_share": 0.2, "equity_share": 0.2, "promise_term": 4, "equity_term": 8}


def world_with_project(sales_year=100.0, born=START, quarter=START):
    """Return a world with the firm of a project that promised 100 million CNY a year, whose plant cost 40."""
    world = World(REGION)
    rows = world.firms.add(
        origin_keys("firm", 5, born, np.arange(1)), origin=PROJECT, industry=1, cell=4, born=born,
        sales_year=sales_year, promised=40.0 / INTENSITY,
    )
    world.firms.cash[rows] = 100.0
    world.begin_quarter(quarter)
    world.lock(False)
    return world


def settled(world, money, policy=None, paid=0.0):
    policy = (policy or MajorProject(clawback=0.5, cash_limit=1.0, tolerance=0.8, **RULES)).bound(REGION, 1.0)
    account = world.ledger.account(policy.name)
    account.appropriate(money)
    if paid:
        account.paid += 20.0
        account.paid_for |= {"project_land": {0: 4.0}, "project_plant": {0: 8.0}, "project_equity": {0: 8.0}}
    policy.settle(world, world.records, account)
    return account


def test_land_is_paid_first_then_plant_then_equity_and_never_more_than_agreed():
    account = settled(world_with_project(), 9.0)
    assert [account.paid_in(START, f"project_{part}") for part in ("land", "plant", "equity")] == pytest.approx(
        [4.0, 5.0, 0.0]
    )
    world = world_with_project()
    account = settled(world, 50.0)
    assert account.paid == pytest.approx(4.0 + 8.0 + 8.0)
    assert world.firms.cash[0] == pytest.approx(100.0 + 16.0)
    assert world.firms.support[0] == 0.0  # plant is no income
    assert world.end_quarter() < 1e-9


def test_land_that_was_paid_for_opens_in_the_cell_of_the_project():
    world = world_with_project()
    policy = MajorProject(floor_cost=2.0, **RULES).bound(REGION, 1.0)
    account = settled(world, 50.0, policy)
    world.quarter, levers = START + 1, Levers()
    policy.announce(world, levers, account)
    floor = levers.construction_floor_space.on(REGION.cells)
    assert floor[4] == pytest.approx(2.0)
    assert floor.sum() == pytest.approx(2.0)


@pytest.mark.parametrize(("kept", "claimed"), [(1.0, 0.0), (0.8, 0.0), (0.5, 0.5 * 0.5 * 12.0)])
def test_what_is_missing_of_the_promise_is_claimed_back_once_a_year(kept, claimed):
    promised = 40.0 / INTENSITY
    world = world_with_project(sales_year=kept * promised, quarter=START + 4)
    account = settled(world, 20.0, paid=20.0)
    assert account.recovered_as.get("project_clawback", 0.0) == pytest.approx(claimed)
    world = world_with_project(sales_year=kept * promised, quarter=START + 5)
    assert settled(world, 20.0, paid=20.0).recovered == 0.0


def test_equity_is_bought_back_at_cost_as_far_as_cash_goes():
    world = world_with_project(quarter=START + 9)
    world.firms.cash[0] = 20.0
    policy = MajorProject(cash_limit=0.25, **RULES)
    account = settled(world, 20.0, policy, paid=20.0)
    assert account.recovered == pytest.approx(5.0)
    assert world.ledger.sum_of("equity_return", "firms", "district") == pytest.approx(5.0)


def test_what_was_recovered_is_not_paid_out_again():
    world = world_with_project(quarter=START + 9)
    account = world.ledger.account("major_project")
    account.appropriated, account.paid, account.recovered = 5.0, 5.0, 3.0
    account.paid_for |= {"project_land": {0: 4.0}, "project_plant": {0: 1.0}}
    settled(world, 0.0, MajorProject(**RULES))
    assert account.paid == 5.0


def test_a_closed_firm_returns_nothing_and_no_other_is_courted():
    world = world_with_project(quarter=START + 4)
    world.firms.origin[0] = 0
    policy = MajorProject(**RULES).bound(REGION, 1.0)
    account = settled(world, 40.0, policy, paid=20.0)
    assert account.recovered == 0.0
    levers = Levers()
    policy.announce(world, levers, account)
    assert not levers.project_offer.active


def test_it_courts_the_chosen_industries_and_zones_until_there_is_one():
    world = World(REGION)
    policy = MajorProject(eligible=Eligibility(industries=(REGION.industries.name[1],)), **RULES).bound(REGION, 1.0)
    account, levers = world.ledger.account(policy.name), Levers()
    policy.announce(world, levers, account)
    assert not levers.project_offer.active
    account.appropriate(1.0)
    policy.announce(world, levers, account)
    world.firms.add(origin_keys("firm", 0, 0, np.arange(2)), industry=[0, 1])
    assert levers.project_offer.on(world.firm_view(world.firms.live)) == pytest.approx([0.0, 0.5])


def test_a_project_that_comes_hires_people_who_would_work_for_others_here():
    ample = {"budget": 1000.0, "equity_share": 0.3, "plant_share": 0.4, "land_share": 0.3}
    model = simulation.Ecosystem(policy_scenario("major_project", quarters=START + 8, scale=0.1, **ample), rng=2)
    walk(model, START + 8)
    f, t = model.world.firms, model.world.talent
    [row] = f.live[f.origin[f.live] == PROJECT]
    staff = t.key[t.live[(t.employer_kind[t.live] == FIRM) & (t.employer[t.live] == row)]]
    _, without = twins("major_project", START + 8, 0.1)
    twin = without.world.talent
    rows = twin.rows_of(staff)
    assert (twin.employer_kind[rows[rows >= 0]] == FIRM).sum() >= 3
    assert model.world.records.flows.get("large_projects", 0.0) == 0.0
    assert model.balance_gap < 1e-9
    account = model.world.ledger.account("major_project")
    plant = model.world.region.industries.capital_intensity[f.industry[row]] * f.promised[row]
    assert account.paid == pytest.approx(plant)

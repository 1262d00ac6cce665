"""The population at the start meets the region's levels, and so does the district after the burn-in."""

from functools import cache

import numpy as np
import pytest

import simulation
from simulation.outcome import OUTCOMES
from simulation.populations.talent import NO_EMPLOYER, SKILLS

REGIONS = ("nanhu", "testbed")
TIERS = {1: "startups", 2: "tech_smes", 3: "high_tech_enterprises", 4: "leaders"}
FITTED = {
    "gdp": "gdp",
    "population": "population",
    "rd_intensity": "rd_intensity",
    "firm_rd_share": "firm_rd_share",
    "high_tech_enterprises": "high_tech_enterprises",
    "tech_smes": "tech_smes",
    "leaders": "leaders",
    "patents_per_10k": "patents_per_10k",
    "turnover": "turnover",
    "unemployment": "unemployment",
    "loan_rate": "loan_rate",
    "default_share": "default_share",
    "firms": "firms",
    "talent": "talent_total",
    "rd_staff": "rd_staff",
}
"""Level of the region's file, and the outcome that should meet it at 2023Q1."""


@cache
def case(region):
    return simulation.load_scenario("baseline", region=region, quarters=9)


def start(region, seed=0):
    """Return a world at quarter 0, before anything happened."""
    return simulation.Ecosystem(case(region), rng=seed).world


def growth_to_start(region):
    """Levels are those of the first quarter after burn-in; money grows to them."""
    return case(region).parameters["initial"].growth_to_start


@cache
def first_quarter():
    """Return the outcomes of the first quarter after burn-in at full size, averaged over a few seeds."""
    scenario = simulation.load_scenario("baseline", quarters=9)
    runs = [simulation.run(scenario, seed=seed, guarded=False).outcomes.drop(columns="date") for seed in range(4)]
    return sum(run.loc[8] for run in runs) / len(runs)


def level(world, name):
    return world.region.levels[name].value


@pytest.mark.parametrize("region", REGIONS)
def test_firms_by_tier(region):
    world = start(region)
    tiers = world.firms.tier[world.firms.live]
    assert world.firms.count == level(world, "firms")
    for tier, name in TIERS.items():
        if tier > 1:
            assert np.count_nonzero(tiers == tier) == pytest.approx(level(world, name), abs=1), name


@pytest.mark.parametrize("region", REGIONS)
def test_sales_by_industry_and_in_all(region):
    world = start(region)
    f, rows, industries = world.firms, world.firms.live, world.region.industries
    sales = 4.0 * f.sales[rows]
    assert sales.sum() == pytest.approx(level(world, "firm_sales") / growth_to_start(region))
    by_industry = np.bincount(f.industry[rows], sales, len(industries.name)) / sales.sum()
    assert by_industry == pytest.approx(industries.sales_share)
    counts = np.bincount(f.industry[rows], minlength=len(industries.name)) / len(rows)
    assert counts == pytest.approx(industries.firms_share, abs=1.5 / len(rows))


def test_smoothed_sales_lag_behind_at_the_start_as_they_do_later():
    def lag(world):
        f, rows = world.firms, world.firms.live
        return 4.0 * f.sales[rows].sum() / f.sales_year[rows].sum()

    model = simulation.Ecosystem(case("nanhu"), rng=0)
    first = lag(model.world)
    smoothed, growth = 1.0, growth_to_start("nanhu") ** (1 / 8)
    for quarter in range(200):
        smoothed = 0.75 * smoothed + growth**quarter
    assert first == pytest.approx(4.0 * growth**199 / smoothed)
    assert first > 1.03
    later = []
    for _ in range(9):
        model.step()
        later.append(lag(model.world))
    assert np.mean(later) == pytest.approx(first, abs=0.025)


def test_firms_do_the_research_at_first_that_they_are_found_with():
    model = simulation.Ecosystem(case("nanhu"), rng=0)
    f = model.world.firms
    found = dict(zip(f.key[f.live].tolist(), f.rd_spend[f.live].tolist(), strict=True))
    model.step()
    rows = f.rows_of(np.array([key for key in found if f.rows_of(np.array([key]))[0] >= 0]))
    before = np.array([found[key] for key in f.key[rows].tolist()])
    assert f.rd_spend[rows].sum() >= 0.99 * before.sum()
    assert (f.rd_spend[rows] >= 0.99 * before).mean() > 0.9


def test_firm_sizes_have_a_zipf_like_tail():
    world = start("nanhu")
    sales = np.sort(world.firms.sales_year[world.firms.live])[::-1]
    tail = sales[: len(sales) // 10]
    assert 0.8 <= 1.0 / np.mean(np.log(tail / tail[-1])) <= 1.4


@pytest.mark.parametrize("region", REGIONS)
def test_no_firm_owns_its_industry(region):
    world = start(region)
    assert world.firms.market_share[world.firms.live].max() <= 0.25


@pytest.mark.parametrize("region", REGIONS)
def test_research_of_firms_and_institutes_over_gdp(region):
    world = start(region)
    gdp = level(world, "gdp") / growth_to_start(region)
    firms = 4.0 * world.firms.rd_spend[world.firms.live].sum()
    institutes = 4.0 * world.institutes.budget[world.institutes.live].sum()
    assert firms == pytest.approx(gdp * level(world, "rd_intensity") * level(world, "firm_rd_share"), rel=1e-6)
    assert (firms + institutes) / gdp == pytest.approx(level(world, "rd_intensity"), rel=0.15)


@pytest.mark.parametrize("region", REGIONS)
def test_talent_by_skill_and_without_a_job(region):
    world = start(region)
    t, rows = world.talent, world.talent.live
    assert len(rows) == level(world, "talent")
    shares = np.bincount(t.skill[rows], minlength=len(SKILLS)) / len(rows)
    assert shares == pytest.approx([level(world, f"talent_{skill}") for skill in SKILLS], abs=1.5 / len(rows))
    idle = np.mean(t.employer_kind[rows] == NO_EMPLOYER)
    assert idle == pytest.approx(level(world, "unemployment"), abs=0.02)


@pytest.mark.parametrize("region", REGIONS)
def test_levels_of_researchers_and_of_research_staff_agree(region):
    world = start(region)
    at_work = level(world, "talent") * level(world, "talent_research") * (1.0 - level(world, "unemployment"))
    assert at_work == pytest.approx(level(world, "rd_staff"), rel=0.04)


@pytest.mark.parametrize("region", REGIONS)
def test_patents_per_ten_thousand_people(region):
    worlds = [start(region, seed) for seed in range(3)]
    patents = np.mean([world.firms.patents[world.firms.live].sum() for world in worlds])
    per_10k = patents / (level(worlds[0], "population") * 1e6) * 1e4
    assert per_10k == pytest.approx(level(worlds[0], "patents_per_10k"), rel=0.15)


@pytest.mark.parametrize("region", REGIONS)
def test_everything_stands_in_a_cell_of_the_region_and_the_state_is_sound(region):
    world = start(region)
    assert world.invariants() == []
    for population in world.populations:
        cells = population.cell[population.live]
        assert cells.min() >= 0
        assert cells.max() < len(world.cells)
    assert world.loans.principal.sum() == pytest.approx(world.firms.debt[world.firms.live].sum())
    assert world.loans.principal.sum() == pytest.approx(world.funds.loan_book[world.funds.live].sum())


def test_the_named_institutes_stand_where_the_region_puts_them():
    world = start("nanhu")
    data = world.region.institutes
    assert world.institutes.count == len(data.name)
    assert np.array_equal(world.institutes.cell[world.institutes.live], data.cell)


def test_scale_multiplies_people_and_money_but_not_cells_and_institutes():
    small = simulation.Ecosystem(simulation.load_scenario("baseline", scale=0.1, quarters=9), rng=0).world
    full = start("nanhu")
    assert small.firms.count == pytest.approx(full.firms.count * 0.1, abs=1)
    assert small.talent.count == pytest.approx(full.talent.count * 0.1, abs=1)
    assert len(small.cells) == len(full.cells)
    assert small.institutes.count == full.institutes.count
    assert small.institutes.budget.sum() == pytest.approx(full.institutes.budget.sum() * 0.1)
    sales = [world.firms.sales_year[world.firms.live].sum() for world in (small, full)]
    assert sales[0] == pytest.approx(sales[1] * 0.1)


@pytest.mark.parametrize("name", sorted(FITTED))
def test_the_district_meets_its_levels_at_the_first_quarter_after_burn_in(name):
    wanted = start("nanhu").region.levels[name]
    scale = 1e6 if name == "population" else 1.0
    assert FITTED[name] in OUTCOMES
    assert wanted.low * scale <= first_quarter()[FITTED[name]] <= wanted.high * scale

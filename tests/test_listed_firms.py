"""Listed firms take the place of synthetic firms like them and keep what their file says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import simulation
from simulation.errors import ScenarioError
from simulation.listed_firms import cells_in_zone, listed_keys, nearest_firms
from simulation.populations.firms import ORIGINS

LIST = """name,industry,sales,zone,x,y,founded,research_staff,rd_spend,patents,tier,cash,debt
Small,life_health,4,,,,2019,3,,,,,
Large,chemicals,2500,fund_town,,,1998,,60,120,4,90,300
Plain,smart_equipment,40,,12,26,,,2,0,2,,0
Other,smart_equipment,41,,,,,,,,,,
"""


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> simulation.Scenario:
    folder: Path = tmp_path_factory.mktemp("own")
    (folder / "mine.csv").write_text(LIST, encoding="utf-8")
    (folder / "mine.toml").write_text('extends = "baseline"\nfirms = "mine.csv"\n', encoding="utf-8")
    return simulation.load_scenario(folder / "mine.toml", scale=0.2, quarters=10)


@pytest.fixture(scope="module")
def worlds(scenario):
    """Return the world with listed firms and the one without, before the first quarter."""
    plain = simulation.load_scenario("baseline", scale=0.2, quarters=10)
    return simulation.Ecosystem(scenario, rng=3).world, simulation.Ecosystem(plain, rng=3).world


def rows_of(world):
    return world.firms.rows_of(listed_keys(world.region.firm_list))


def test_the_nearest_firm_of_the_industry_is_replaced_and_the_largest_choose_first():
    model, replaced = nearest_firms(
        np.array([0, 0, 1, 1]),
        np.array([9.0, 100.0, 5.0, 6.0]),
        np.array([0, 0, 0, 1]),
        np.array([1.0, 8.0, 80.0, 3.0]),
    )
    assert model.tolist() == [1, 2, 3, 3]
    assert replaced.tolist() == [True, True, False, True]


def test_as_many_firms_as_before_in_every_industry(worlds):
    listed, plain = worlds
    counts = [np.bincount(w.firms.industry[w.firms.live], minlength=9) for w in worlds]
    assert counts[0].tolist() == counts[1].tolist()
    assert (listed.firms.origin[listed.firms.live] == ORIGINS.index("listed")).sum() == 4
    kept = np.isin(plain.firms.key[plain.firms.live], listed.firms.key[listed.firms.live])
    assert (~kept).sum() == 4


def test_listed_firms_have_what_the_file_says(worlds):
    world, f = worlds[0], worlds[0].firms
    small, large, plain, other = rows_of(world)
    assert f.sales_year[[small, large, plain, other]] == pytest.approx([4.0, 2500.0, 40.0, 41.0])
    synthetic = worlds[1].firms
    behind = 4.0 * synthetic.sales[synthetic.live] / synthetic.sales_year[synthetic.live]
    assert f.sales[large] == pytest.approx(625.0 * behind.mean())  # who grows sells more by now than in the past year
    assert f.rd_spend[large] == pytest.approx(15.0)
    assert f.rd_intensity[large] == f.rd_usual[large] == pytest.approx(60 / 2500)
    assert (f.tier[large], f.patents[large], f.rd_centre[large]) == (4, 120, 3)
    assert f.certificate_until[large] >= 0
    assert f.certificate_until[plain] == -1
    assert f.born[[small, large]].tolist() == [4 * (2019 - 2021), 4 * (1998 - 2021)]
    assert f.cash[large] == 90.0
    assert f.debt[[large, plain]].tolist() == [300.0, 0.0]
    assert world.loans.principal[world.loans.firm == f.key[large]].tolist() == [300.0]
    cells = world.region.cells
    assert world.region.zones[cells.zone[f.cell[large]]].name == "fund_town"
    assert (cells.x[f.cell[plain]], cells.y[f.cell[plain]]) == (12, 26)


def test_research_staff_tells_research_where_spending_is_unknown(worlds):
    world, plain = worlds
    levels, scale = world.region.levels, world.scale
    researchers = levels["talent"].value * levels["talent_research"].value * scale
    spending = 4 * plain.firms.rd_spend[plain.firms.live].sum()
    assert 4 * world.firms.rd_spend[rows_of(world)[0]] == pytest.approx(3 * spending / researchers)


def test_market_shares_add_up_to_one_and_the_rest_of_the_district_is_untouched(worlds):
    listed, plain = (w.firms for w in worlds)
    shares = np.bincount(listed.industry[listed.live], listed.market_share[listed.live])
    assert shares == pytest.approx(np.ones(9))
    both = np.intersect1d(listed.key[listed.live], plain.key[plain.live])
    for column in ("sales_year", "cash", "knowledge", "cell", "tier", "patents"):
        ours, theirs = (getattr(f, column)[f.rows_of(both)] for f in (listed, plain))
        assert np.array_equal(ours, theirs), column


def test_a_district_with_listed_firms_runs_and_keeps_its_books(scenario):
    model = simulation.Ecosystem(scenario, rng=3)
    for _ in range(10):
        model.step()
    assert model.balance_gap < 1e-9
    assert model.world.invariants() == []
    alive = rows_of(model.world)
    assert (alive >= 0).sum() >= 2, "listed firms live on under their keys"


def test_firms_of_a_zone_spread_over_its_cells(scenario):
    region = scenario.region
    zone = region.zone_index("outer_towns")
    cells = cells_in_zone(zone, np.arange(200), region)
    assert (region.cells.zone[cells] == zone).all()
    assert len(np.unique(cells)) > 50
    assert np.array_equal(cells[:10], cells_in_zone(zone, np.arange(10), region))


def test_the_list_is_part_of_the_digest_and_of_what_is_written(scenario, tmp_path):
    plain = simulation.load_scenario("baseline", scale=0.2, quarters=10)
    assert scenario.digest != plain.digest
    path = tmp_path / "again.toml"
    path.write_text(scenario.to_toml(), encoding="utf-8")
    assert simulation.load_scenario(path).digest == scenario.digest


def test_faults_of_a_list_are_told_with_its_own_lines(tmp_path):
    (tmp_path / "mine.csv").write_text("name,industry,sales\nA,none,1\n", encoding="utf-8")
    path = tmp_path / "mine.toml"
    for text, told in (
        ('firms = "mine.csv"', 'mine.csv:2: column "industry": "none" is not one of'),
        ('firms = "missing.csv"', "missing.csv: cannot be read"),
        ("firms = 3", "mine.toml:2: firms: 3 must be the path of a CSV file"),
    ):
        path.write_text(f'extends = "baseline"\n{text}\n', encoding="utf-8")
        with pytest.raises(ScenarioError) as caught:
            simulation.load_scenario(path)
        assert told in str(caught.value)

import numpy as np
import pytest
from histories import history

from experiments.validation.measures import enterprise, finance, innovation, people


def _lives(quarters, spans):
    alive = np.full((quarters, len(spans)), np.nan)
    for firm, (first, last) in enumerate(spans):
        alive[first : last + 1, firm] = 1.0
    return alive


def test_survival_counts_founded_firms_of_the_window_only():
    # Firm 1 was there before, firm 2 moved in; 3 closes in its sixth quarter, 4 lives on.
    spans, born = [(0, 2), (1, 3), (1, 6), (1, 47)], np.array([-20, 9, 9, 9])
    past = history(
        48, 4, fixed={"born": born, "origin": np.array([0, enterprise.RELOCATION, 1, 1])},
        columns={"sales": _lives(48, spans)},
    )  # fmt: skip
    found = enterprise.survival_of_entrants(past)
    assert [found[f"age_{year}"] for year in (1, 2, 3)] == pytest.approx([0.0, 0.5, 0.0])
    assert found["survival_5"] == found["age_survival_5"] == pytest.approx(0.5)
    assert found["peak"] == 2
    # A life of a year and a half, begun at any time of a year, ends in the second calendar year or in the third.
    assert [found[f"hazard_{year}"] for year in (1, 2, 3)] == pytest.approx([0.0, 0.3125, 1.0 - 0.5 / 0.6875])


def test_exit_rate_is_over_the_firms_at_the_start_of_the_year():
    past = history(
        8, 4, columns={"sales": _lives(8, [(0, 7), (0, 7), (0, 7), (0, 5)])},
        events={"exits": {"quarter": np.array([14])}},
    )  # fmt: skip
    assert enterprise.exit_rate(past)["exit_rate"] == pytest.approx(0.25)


def test_a_firm_that_lived_through_part_of_a_year_has_no_yearly_sales():
    past = history(8, 2, columns={"sales": _lives(8, [(0, 7), (2, 7)])})
    assert past.yearly("sales")[:, 0] == pytest.approx([4.0, 4.0])
    assert np.isnan(past.yearly("sales")[0, 1])
    assert past.yearly("sales")[1, 1] == 4.0


def test_investment_is_read_against_capital_at_the_start_of_the_year():
    made = np.zeros((8, 4))
    made[4, 0] = 0.5
    found = enterprise.investment(history(8, 4, columns={"investment": made}))
    assert found["inaction"] == pytest.approx(0.75)
    assert found["spikes"] == pytest.approx(0.25)


def test_net_entry_brings_all_growth_where_entrants_alone_are_better():
    quarters, firms = 48, 40
    level = np.zeros((quarters, firms))
    level[:, 20:] = 1.0
    alive = _lives(quarters, [(0, 47)] * 20 + [(6, 47)] * 20)
    blank = {name: np.where(np.isfinite(alive), 1.0, np.nan) for name in ("sales", "value_added", "employment")}
    found = enterprise.net_entry(
        history(quarters, firms, columns={**blank, "productivity": np.where(np.isfinite(alive), level, np.nan)})
    )
    assert found["share"] == pytest.approx(1.0)
    assert found["dynamic"] == pytest.approx(1.0)
    assert found["entry"] == pytest.approx(1.0)
    assert found["within"] == pytest.approx(0.0)


def test_contracts_near_by_are_held_against_the_industry_in_the_cell():
    # Four firms alike, one of them in the institute's cell: it buys both results.
    past = history(
        4, 4, columns={"cell": np.tile([5.0, 1.0, 2.0, 3.0], (4, 1))}, institutes=[(77, 5)],
        events={"contracts": {"quarter": np.array([8, 9]), "firm_key": np.array([1, 1]),
                              "institute_key": np.array([77, 77]), "value": np.ones(2)}},
    )  # fmt: skip
    assert innovation.knowledge_flows(past)["contracts"] == pytest.approx(4.0)


def test_sales_outside_the_district_are_no_contracts_here():
    past = history(
        4, 4, institutes=[(77, 5)],
        events={"contracts": {"quarter": np.array([8]), "firm_key": np.array([0]),
                              "institute_key": np.array([77]), "value": np.ones(1)}},
    )  # fmt: skip
    found = innovation.knowledge_flows(past)
    assert found["contracts_observed"] == 0
    assert np.isnan(found["contracts"])


def test_institutes_without_contracts_count_among_those_that_hold_them():
    contracts = {"quarter": np.array([8, 9]), "firm_key": np.array([1, 0]), "institute_key": np.array([100, 101]),
                 "value": np.array([3.0, 1.0])}  # fmt: skip
    past = history(4, 1, institutes=[(100 + i, i) for i in range(10)], events={"contracts": contracts})
    assert innovation.institutes(past)["top_share"] == pytest.approx(0.75)


def test_value_unrelated_to_count_shows_in_means_of_logs():
    rng = np.random.default_rng(1)
    firm = np.repeat(np.arange(1, 601), np.minimum(rng.zipf(1.8, 600), 60))
    patents = {"firm_key": firm, "value": np.exp(1.6 * rng.normal(size=len(firm))), "quarter": np.full(len(firm), 8)}
    found = innovation.value_and_count(history(4, 600, events={"patents": patents}))
    assert found["logs"] == pytest.approx(0.0, abs=0.1)
    assert found["correlation"] > 0.15  # the artefact that the docstring tells of
    assert found["dealt"] == pytest.approx(found["correlation"], abs=0.1)
    firm, count = patents["firm_key"], np.bincount(patents["firm_key"])
    dear = {**patents, "value": count[firm] * patents["value"]}
    found = innovation.value_and_count(history(4, 600, events={"patents": dear}))
    assert found["dealt"] < 0.5 < found["correlation"]


def test_refusals_of_young_over_old():
    loans = {"granted": np.array([0.0, 0, 1, 1, 0, 1, 1, 1]), "age": np.array([4, 8, 12, 16, 20, 40, 60, 80]),
             "tier": np.array([2, 1, 1, 1, 1, 1, 1, 1])}  # fmt: skip
    found = finance.rationing(history(4, 1, events={"loans": loans}))
    assert (found["young"], found["old"], found["ratio"]) == pytest.approx((0.5, 0.25, 2.0))
    assert found["innovative"] == pytest.approx(4.0)


def test_vacancies_and_unemployment_are_read_without_their_trends():
    rng, time = np.random.default_rng(2), np.arange(52)
    cycle = rng.normal(size=52)
    series = {"vacancy_rate": 0.02 + 0.001 * time + 0.01 * cycle, "unemployment": 0.02 + 0.001 * time - 0.01 * cycle}
    found = people.beveridge(history(52, 1, series=series))
    assert found["correlation"] == pytest.approx(-1.0)
    assert found["raw"] > 0


def test_migration_towards_wages_and_amenities_is_seen():
    rng, years = np.random.default_rng(3), 6
    wage = 0.2 * np.exp(np.cumsum(rng.normal(0.0, 0.05, (4 * years, 8)), axis=0))
    amenity = np.tile(rng.normal(size=30), (4 * years, 1))
    before = np.log(wage.reshape(years, 4, 8).mean(axis=1))
    pull = np.vstack([np.zeros((1, 8)), before[:-1]])
    came = np.repeat(np.round(500 + 200 * (pull - pull.mean())), 4, axis=0)
    table = {"people": np.full((4 * years, 8), 4_000.0), "came": came, "left": np.full((4 * years, 8), 500.0)}
    cells = {"people": np.full((4 * years, 30), 1_000.0), "came": 50 + 10 * amenity, "left": np.zeros((4 * years, 30)),
             "amenity": amenity, "housing_cost": np.exp(rng.normal(size=(4 * years, 30)))}  # fmt: skip
    found = people.migration(history(4 * years, 1, segments={**table, "wage": wage}, cells=cells))
    assert found["wages"] == pytest.approx(0.2, rel=0.05)
    assert found["amenities"] == pytest.approx(0.04, rel=0.05)

"""A run leaves outcomes by quarter and the micro tables asked for, and names what it does not know."""

from dataclasses import replace

import pandas as pd
import pytest

import simulation
from simulation.errors import ScenarioError
from simulation.outcome import OUTCOMES
from simulation.space.region import load_region


@pytest.fixture(scope="module")
def result():
    scenario = simulation.load_scenario("baseline", scale=0.06, quarters=13)
    return simulation.run(scenario, seed=1, micro=["firms", "talent"], micro_every=2)


def test_outcomes_are_indexed_by_quarter_after_burn_in_and_dated(result):
    frame = result.outcomes
    assert frame.index.name == "quarter"
    assert frame.index.tolist() == [8, 9, 10, 11, 12]
    assert frame["date"].tolist() == ["2023Q1", "2023Q2", "2023Q3", "2023Q4", "2024Q1"]
    assert list(frame.columns) == ["date", *OUTCOMES]
    assert all(pd.api.types.is_float_dtype(frame[name]) for name in OUTCOMES)


def test_a_region_has_its_own_calendar():
    region = replace(load_region("testbed"), start="2018Q3")
    scenario = simulation.load_scenario("baseline", region=region, scale=0.1, quarters=10)
    assert simulation.run(scenario).outcomes["date"].tolist() == ["2020Q3", "2020Q4"]


def test_snapshots_are_taken_every_few_quarters_after_burn_in(result):
    assert set(result.micro) == {"firms", "talent"}
    for frame in result.micro.values():
        assert frame["quarter"].unique().tolist() == [8, 10, 12]
        assert list(frame.columns[:2]) == ["quarter", "key"]


def test_a_run_tells_its_time_and_the_agreement_of_its_books(result):
    assert result.seconds > 0.0
    assert 0.0 <= result.balance_gap < 1e-9


def test_micro_data_costs_no_randomness(result):
    scenario = simulation.load_scenario("baseline", scale=0.06, quarters=13)
    assert simulation.run(scenario, seed=1).outcomes.equals(result.outcomes)


def test_a_scenario_may_be_given_by_name_or_path(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text('extends = "rd_subsidy"\nquarters = 9\nscale = 0.03\n', encoding="utf-8")
    result = simulation.run(str(file), seed=2)
    assert result.outcomes["spending_rd_subsidy"].iloc[0] > 0.0


def test_an_unknown_table_is_refused_with_the_nearest_name():
    with pytest.raises(ScenarioError, match='unknown table "firm"; did you mean "firms"'):
        simulation.run("baseline", micro=["firm"])


def test_mesa_models_and_runs_agree(result):
    model = simulation.Ecosystem(simulation.load_scenario("baseline", scale=0.06, quarters=13), rng=1)
    while model.running:
        model.step()
    frame = model.datacollector.get_model_vars_dataframe().loc[8:]
    pd.testing.assert_frame_equal(frame, result.outcomes.drop(columns="date"), check_names=False, check_exact=True)

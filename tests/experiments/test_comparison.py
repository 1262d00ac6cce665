import fake_district
import pytest

from experiments import comparison
from experiments.comparison import load_scenarios, replicate
from simulation.errors import ScenarioError


@pytest.fixture
def study(scenarios):
    return replicate(scenarios, "baseline", range(3), jobs=1, run=fake_district.run)


@pytest.fixture
def loading(monkeypatch, scenarios):
    """Load fake scenarios by name, and note the overrides that each was given."""
    given = {}

    def load_scenario(name, *, set=None, region=None, quarters=None, scale=None, plugins=()):
        if name not in scenarios:
            raise ScenarioError(f"{name}: no such scenario")
        given[name] = set
        present = {} if name == "baseline" else {name: {}}
        return fake_district.FakeScenario(name, scenarios[name].title, policies=present)

    monkeypatch.setattr(comparison.simulation, "load_scenario", load_scenario, raising=False)
    return given


def test_effects_compare_each_policy_with_the_baseline(study):
    assert study.policies == ["risk_pool", "rd_subsidy"]
    assert study.effects["baseline"].unique().tolist() == ["baseline"]
    assert study.effects["scenario"].unique().tolist() == ["risk_pool", "rd_subsidy"]
    assert (study.effects["n"] == 3).all()


def test_twins_show_each_agent_in_both_worlds(study):
    twins = study.twins("firms", quarter=12)
    assert twins.index.tolist() == [0, 1, 2, 3, 4, 5]
    assert twins["in_baseline"].tolist() == [True] * 5 + [False]
    assert twins["in_policy"].all()
    gain = (twins["sales_policy"] - twins["sales_baseline"]).dropna()
    assert gain.tolist() == [1.0] * 5


def test_twins_of_a_quarter_without_rows_are_refused(study):
    with pytest.raises(ScenarioError, match="quarter 99"):
        study.twins("firms", quarter=99)


def test_twins_of_an_unknown_scenario_are_refused(study):
    with pytest.raises(ScenarioError, match="guidance_fund"):
        study.twins("firms", quarter=9, scenario="guidance_fund")


def test_failed_runs_leave_the_other_pairs(scenarios):
    study = replicate(scenarios, "baseline", range(3), jobs=1, run=fake_district.run_or_fail)
    assert study.failed[["scenario", "seed"]].values.tolist() == [["risk_pool", 1]]
    pairs = study.effects.groupby("scenario")["n"].max()
    assert pairs.to_dict() == {"risk_pool": 2, "rd_subsidy": 3}


def test_an_override_of_a_policy_does_not_switch_it_on_in_the_baseline(loading):
    settings = {"policies.risk_pool.loss_share": 0.6, "parameters.credit.margin": 0.1}
    load_scenarios(["baseline", "risk_pool"], set=settings)
    assert loading == {"baseline": {"parameters.credit.margin": 0.1}, "risk_pool": settings}


def test_an_override_that_reaches_no_scenario_is_a_fault(loading):
    with pytest.raises(ScenarioError, match="no scenario given here has the policy rd_subsidy"):
        load_scenarios(["baseline", "risk_pool"], set={"policies.rd_subsidy.rate": 0.1})


def test_every_unknown_scenario_is_told(loading):
    with pytest.raises(ScenarioError) as fault:
        load_scenarios(["baseline", "one", "two"])
    assert str(fault.value) == "one: no such scenario\ntwo: no such scenario"


def test_a_scenario_given_twice_is_a_fault(loading):
    with pytest.raises(ScenarioError, match="given twice"):
        load_scenarios(["baseline", "baseline"])

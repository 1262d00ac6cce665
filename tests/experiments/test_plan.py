import json
from pathlib import Path

import pytest

from experiments.declaration import Declaration, experiment_names, read_experiment, schema
from experiments.plan import REFERENCE_POINT, plan_of
from simulation.errors import ScenarioError

DIAL = """
[dial]
budget = 100
start = "2024Q1"
[dial.one.policies]
uniform_rebate = 3
rd_subsidy = 1
[dial.zero.policies]
risk_pool = { weight = 1, deposit = 3 }
"""


@pytest.fixture
def planned(tmp_path):
    """Return the plan of an experiment written as text."""

    def plan(text, **given):
        file = tmp_path / "mine.toml"
        file.write_text(text, encoding="utf-8")
        return plan_of(str(file), given)

    return plan


def faults(planned, text):
    with pytest.raises(ScenarioError) as error:
        planned(text)
    return [str(problem).partition("mine.toml:")[2] for problem in error.value.problems]


def columns(plan, path):
    return [run.factors[path] for run in plan.replications() if run.point != REFERENCE_POINT]


def test_every_point_meets_the_same_seeds_and_replicates_go_round_by_round(planned):
    plan = planned(
        """
        scenarios = ["baseline", "rd_subsidy"]
        runs = 3
        [[levers]]
        vary = "parameters.credit.usual_loss"
        values = [0.01, 0.06]
        """
    )
    runs = list(plan.replications())
    assert len(plan) == len(runs) == 2 * 2 * 3
    assert [run.seed for run in runs] == [0] * 4 + [1] * 4 + [2] * 4
    assert [run.position for run in runs] == list(range(12))
    by_world = {(run.point, run.scenario_index): [] for run in runs}
    for run in runs:
        by_world[run.point, run.scenario_index].append(run.seed)
    assert set(map(tuple, by_world.values())) == {(0, 1, 2)}
    assert [run.position for run in plan.replications(done={0, 5})] == [1, 2, 3, 4, *range(6, 12)]


def test_a_range_takes_the_bounds_of_its_parameter_and_a_grid_its_ends(planned):
    plan = planned('[[levers]]\nvary = "policies.rd_subsidy.rate"\nlevels = 3\n[set.policies]\nrd_subsidy = true')
    rates = [plan.scenario(world).policies["rd_subsidy"].rate for world in range(3)]
    assert rates == columns(plan, "policies.rd_subsidy.rate")
    assert rates[1] == pytest.approx((rates[0] + rates[2]) / 2)
    axis = plan.axes[0]
    assert (rates[0], rates[2]) == (axis.low, axis.high)


def test_levers_and_uncertainties_with_designs_of_their_own_are_crossed(planned):
    plan = planned(
        """
        [design.levers]
        kind = "grid"
        [design.uncertainties]
        kind = "lhs"
        points = 7
        [[levers]]
        vary = "policies.risk_pool"
        [[uncertainties]]
        vary = "parameters.credit.usual_loss"
        low = 0.01
        high = 0.08
        """
    )
    assert len(plan.points) == 14
    off, on = ({point[1] for point in plan.points if point[0] is switch} for switch in (False, True))
    assert len(off) == 7
    assert off == on


def test_a_policy_is_switched_on_as_in_its_own_file_and_off_again(planned):
    plan = planned('scenarios = ["rd_subsidy"]\n[[levers]]\nvary = "policies.risk_pool"\n[[levers]]\n'
                   'vary = "policies.rd_subsidy"')  # fmt: skip
    present = [sorted(plan.scenario(world).policies) for world in range(4)]
    assert present == [[], ["rd_subsidy"], ["risk_pool"], ["rd_subsidy", "risk_pool"]]
    assert plan.scenario(3).policies["risk_pool"].eligible.tiers == (1, 2, 3)


def test_dates_are_varied_in_whole_quarters_and_told_as_dates(planned):
    plan = planned(
        'scenarios = ["rd_subsidy"]\n[[levers]]\nvary = "policies.rd_subsidy.start"\n'
        'low = "2023Q1"\nhigh = "2024Q1"\nlevels = 5'
    )
    assert columns(plan, "policies.rd_subsidy.start") == ["2023Q1", "2023Q2", "2023Q3", "2023Q4", "2024Q1"]
    assert [plan.scenario(world).policies["rd_subsidy"].start for world in range(5)] == [8, 9, 10, 11, 12]


def test_a_stress_is_switched_on_as_in_its_own_scenario_and_its_numbers_are_varied(planned):
    plan = planned('[[uncertainties]]\nvary = "stresses.demand"\n'
                   '[[uncertainties]]\nvary = "stresses.demand.loss"\nvalues = [0.1, 0.3]\n'
                   '[[uncertainties]]\nvary = "stresses.demand.start"\nvalues = ["2027Q1"]')  # fmt: skip
    worlds = [plan.scenario(world).stresses for world in range(len(plan.starts))]
    assert [list(stresses) for stresses in worlds] == [[], [], ["demand"], ["demand"]]
    assert [stresses["demand"].loss for stresses in worlds[2:]] == [0.1, 0.3]
    assert {stresses["demand"].start for stresses in worlds[2:]} == {24}
    assert worlds[2]["demand"].end == 27
    assert columns(plan, "stresses.demand") == [False, False, True, True]


def test_a_stress_whose_scenario_has_it_needs_no_switch(planned):
    plan = planned('scenarios = ["shock_demand"]\n[[uncertainties]]\nvary = "stresses.demand.loss"\nlevels = 2')
    assert [plan.scenario(world).stresses["demand"].loss for world in range(2)] == [0.0, 0.9]


def test_many_numbers_go_around_their_own_values_as_far_as_is_allowed(planned):
    plan = planned('[[uncertainties]]\nvary = "parameters.credit.*"\nwithin = 0.2\n'
                   'leave_out = ["parameters.credit.s*"]\n[design]\nkind = "lhs"\npoints = 2')  # fmt: skip
    axes = {axis.path.rpartition(".")[2]: axis for axis in plan.axes}
    own = plan.bases[0].parameters["credit"]
    assert not any(name.startswith("s") for name in axes)
    assert {"usual_loss", "bank_margin", "patience"} <= axes.keys()
    ends = axes["usual_loss"].low / own.usual_loss, axes["usual_loss"].high / own.usual_loss
    assert ends == pytest.approx((0.8, 1.2))
    assert axes["recovery_highest"].high == 1.0
    assert axes["patience"].whole
    assert axes["patience"].low < own.patience < axes["patience"].high


def test_a_few_of_many_numbers_can_be_named(planned):
    text = '[[uncertainties]]\nvary = "parameters.*"\nwithin = 0.1\nonly = ["parameters.credit.usual_loss"]'
    assert [axis.path for axis in planned(text).axes] == ["parameters.credit.usual_loss"]
    (told,) = faults(planned, text.replace("usual_loss", "usual_los"))[:1]
    assert told.startswith('4: uncertainties.0.only.0: parameters.credit.usual_los is no number')
    assert 'did you mean "parameters.credit.usual_loss"' in told


def test_one_at_a_time_tells_the_value_that_the_scenario_has(planned):
    plan = planned('[design]\nkind = "one_at_a_time"\n[[uncertainties]]\nvary = "parameters.credit.usual_loss"')
    assert columns(plan, "parameters.credit.usual_loss")[0] == (
        plan.bases[0].parameters["credit"].usual_loss
    )


def test_points_may_be_written_one_by_one(planned):
    plan = planned(
        """
        scenarios = ["risk_pool"]
        [design]
        kind = "list"
        [[points]]
        policies.risk_pool.loss_share = 0.1
        [[points]]
        policies.risk_pool.loss_share = 0.5
        policies.risk_pool.eligible.tiers = [1]
        """
    )
    pools = [plan.scenario(world).policies["risk_pool"] for world in range(2)]
    assert [pool.loss_share for pool in pools] == [0.1, 0.5]
    assert [pool.eligible.tiers for pool in pools] == [(1, 2, 3), (1,)]
    assert columns(plan, "policies.risk_pool.eligible.tiers") == ["[1, 2, 3]", "[1]"]


def test_scenarios_may_be_a_factor(planned):
    plan = planned('[[levers]]\nvary = "scenario"\nvalues = ["baseline", "risk_pool"]')
    assert [plan.bases[run.scenario_index].name for run in plan.replications()] == ["baseline", "risk_pool"]


def test_shares_of_financing_still_add_up(planned):
    plan = planned('scenarios = ["rd_subsidy"]\n[[uncertainties]]\nvary = "parameters.financing.debt"\nvalues = [0.25]')
    assert plan.scenario(0).financing.background_cut == 0.75


@pytest.mark.parametrize(
    ("dial", "budgets"),
    [
        (0.0, {"risk_pool": 100.0}),
        (0.4, {"rd_subsidy": 10.0, "risk_pool": 60.0, "uniform_rebate": 30.0}),
        (1.0, {"rd_subsidy": 25.0, "uniform_rebate": 75.0}),
    ],
)
def test_a_dial_divides_one_budget_by_weight_and_leaves_out_who_gets_nothing(planned, dial, budgets):
    plan = planned(f'[[levers]]\nvary = "dial"\nvalues = [{dial}]\n{DIAL}')
    policies = plan.scenario(0).policies
    assert {name: pytest.approx(policy.budget) for name, policy in policies.items()} == budgets
    assert {policy.start for policy in policies.values()} == {12}
    if "risk_pool" in policies:
        assert policies["risk_pool"].deposit == pytest.approx(3 * budgets["risk_pool"])


def test_the_money_before_the_division_starts_is_all_in_one_group(planned):
    before = '[[levers]]\nvary = "dial.start"\nvalues = ["2023Q1", "2025Q1"]\n[dial.before.policies]\nguidance_fund = 1'
    plan = planned(f'[[levers]]\nvary = "dial"\nvalues = [0.5]\n{before}\n{DIAL}')
    at_once, later = plan.scenario(0).policies, plan.scenario(1).policies
    assert "guidance_fund" not in at_once
    first = later["guidance_fund"]
    assert (first.budget, first.start, first.end) == (100.0, 8, 15)
    assert {later[name].start for name in ("rd_subsidy", "risk_pool", "uniform_rebate")} == {16}


def test_the_reference_is_run_with_every_seed_and_no_factor(planned):
    plan = planned('reference = "baseline"\nscenarios = ["rd_subsidy"]\nruns = 2\n[[levers]]\n'
                   'vary = "policies.rd_subsidy.rate"\nvalues = [0.1]')  # fmt: skip
    runs = list(plan.replications())
    assert [(run.point, run.seed) for run in runs] == [(REFERENCE_POINT, 0), (0, 0), (REFERENCE_POINT, 1), (0, 1)]
    assert plan.bases[runs[0].scenario_index].name == "baseline"
    assert runs[0].factors == {"policies.rd_subsidy.rate": None}


def test_options_stand_above_the_file(planned):
    plan = planned("runs = 3\nseeds = [4, 9]\nquarters = 20", runs=2, seed=7, quarters=12)
    assert plan.seeds == [7, 8]
    assert plan.bases[0].quarters == 12


def test_an_experiment_may_change_another(planned, tmp_path):
    (tmp_path / "base.toml").write_text('title = "Base"\nruns = 5\n[design]\nkind = "lhs"\npoints = 4\n[[levers]]\n'
                                        'vary = "parameters.credit.usual_loss"')  # fmt: skip
    plan = planned('extends = "base.toml"\n[design]\npoints = 6')
    assert (len(plan.points), len(plan.seeds), plan.declaration.title) == (6, 5, "")


def test_the_same_declaration_gives_the_same_plan_and_another_a_different_one(planned):
    text = '[design]\nkind = "lhs"\npoints = 5\n[[levers]]\nvary = "parameters.credit.usual_loss"'
    assert planned(text).digest == planned(text).digest
    assert planned(text).digest != planned(text.replace("5", "6")).digest


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("runs = 2\nlever = 3", ['2: lever: unknown key; did you mean "levers"?']),
        ("runs = 0", ["1: runs: 0 must be greater than or equal to 1; Replicates of every point"]),
        ('[design]\nkind = "lsh"', ['2: design.kind: "lsh" must be one of']),
        ('[[levers]]\nvary = "policies.risk_pol"', ["2: levers.0.vary: there is no policy risk_pol; did you mean"]),
        ('[[levers]]\nvary = "stresses.deman"', ["there is no stress deman; did you mean \"demand\""]),
        ('[[levers]]\nvary = "stresses.demand.los"', ["stresses.demand has no los; did you mean \"loss\""]),
        ('[[levers]]\nvary = "parameters.credit.*"\nlow = 1', ["names many parameters; give within"]),
        ('[[levers]]\nvary = "parameters.credt.*"\nwithin = 0.1', ["parameters.credt.* names no number"]),
        ('[[levers]]\nvary = "policies.risk_pool.los_share"', ["did you mean \"loss_share\"?"]),
        ('[[levers]]\nvary = "parameters.credit.usual_loss"\nhigh = 3', ["3: levers.0.high: 3 is above"]),
        ('[[levers]]\nvary = "parameters.credit.usual_loss"\nhihg = 3', ['did you mean "high"?']),
        ('[[levers]]\nvary = "policies.rd_subsidy.rate"', ["2: levers.0.vary: policies.rd_subsidy.rate: changes noth"]),
        ('[[levers]]\nvary = "dial"', ["2: levers.0.vary: there is no [dial]"]),
        ('seeds = [1, 2, 1]', ["1: seeds: 1 is given more than once; replicates with one seed are one"]),
        ('scenarios = ["basline"]', ['1: scenarios.0: there is no scenario "basline"; did you mean "baseline"?']),
        ('[keep]\noutcomes = ["gpd"]', ['2: keep.outcomes.0: there is no outcome gpd; did you mean "gdp"?']),
        ('[keep]\nquarters = ["2050Q1"]', ["2: keep.quarters: 2050Q1 is not between 2023Q1 and 2035Q4"]),
        ('[design]\nkind = "sobol"\npoints = 100\n[[levers]]\nvary = "parameters.credit.usual_loss"',
         ["3: design.points: 100 must be a power of 2 for sobol, such as 64 or 128"]),
        ('scenarios = ["rd_subsidy"]\n[[levers]]\nvary = "policies.rd_subsidy.end"\nvalues = ["2022Q1"]',
         ["3: levers.0.vary: policies.rd_subsidy.end: 2022Q1 is before the start, 2023Q1"]),
        ('[[levers]]\nvary = "dial"\n' + DIAL.replace("rd_subsidy = 1", "risk_pool = 1"), ["stands in dial.one too"]),
        ('[[levers]]\nvary = "dial"\n' + DIAL.replace("deposit", "multiple"), ["multiple: is not an amount of money"]),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_its_line_and_the_nearest_name(planned, text, told):
    found = faults(planned, text)
    assert len(found) == len(told)
    for line, part in zip(found, told, strict=True):
        assert part in line


def test_all_faults_are_told_at_once(planned):
    assert len(faults(planned, 'runs = "x"\nseed = -1\nnothing = 3')) == 3


def test_the_example_of_the_documentation_is_valid(planned):
    page = (Path(__file__).parents[2] / "docs" / "experiments.md").read_text(encoding="utf-8")
    plan = planned(page.partition("```toml\n")[2].partition("```")[0])
    assert len(plan) == (100 + 1) * 10


@pytest.mark.parametrize("name", experiment_names())
def test_bundled_experiments_are_valid_and_speak_both_languages(name):
    said = read_experiment(name).declaration
    assert all((said.title, said.title_zh, said.description, said.description_zh))
    few = {"design": {"points": 2}} if (said.design.points or 0) > 2 else {}
    plan = plan_of(name, {"scale": 0.05, **few})
    assert len(plan) == plan.worlds * len(plan.seeds)
    assert all((axis.label.zh, axis.label.en) for axis in plan.axes)


@pytest.mark.parametrize("name", [name for name in experiment_names() if read_experiment(name).declaration.dial])
def test_a_relation_spends_the_same_budget_wherever_its_dial_stands(name):
    plan = plan_of(name)
    budget = plan.declaration.dial.budget
    for world in range(len(plan.starts)):
        policies = plan.scenario(world).policies.values()
        for quarter in (8, 20, 40):
            assert sum(policy.budget for policy in policies if policy.active(quarter)) == pytest.approx(budget)


def test_the_schema_is_json_and_knows_every_key():
    assert set(json.loads(json.dumps(schema()))["properties"]) == set(Declaration.model_fields)

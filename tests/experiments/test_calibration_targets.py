"""The targets of a region: only its fitted levels, only assumptions, and every fault with its line."""

import shutil

import pytest

from experiments.calibration.targets import Target, read_plan
from experiments.catalogue import findings
from simulation.errors import ScenarioError
from simulation.space.region import load_region

TARGETS = """
threshold  = 2.0
source     = "assumption"
confidence = "assumption"

[targets.turnover]
when = "2023"

[targets.gdp]
when = "2023Q2"
tolerance = 100
weight = 0.5
source = "a guess"
confidence = "assumption"

[free]
source = "assumption"
confidence = "assumption"

[free.labour]
quit_rate = { low = 0.1, high = 0.2, label = { en = "Quits", zh = "离职" } }
"""


@pytest.fixture
def plan_of(tmp_path):
    """Return a function that reads targets of a copy of the testbed."""

    def read(text):
        folder = tmp_path / "mine"
        shutil.copytree(load_region("testbed").directory, folder)
        (folder / "targets.toml").write_text(text, encoding="utf-8")
        return read_plan(load_region(folder))

    return read


def test_values_and_ranges_come_from_the_levels_of_the_region(plan_of):
    plan = plan_of(TARGETS)
    levels = load_region("testbed").levels
    turnover, gdp = plan.targets
    assert (turnover.value, turnover.low, turnover.high) == levels["turnover"][0:1] + levels["turnover"][2:4]
    assert (gdp.low, gdp.high, gdp.weight) == (6900.0, 7100.0, 0.5)
    assert (turnover.quarters, gdp.quarters, plan.quarters) == ((8, 9, 10, 11), (9,), 12)
    [free] = plan.free
    assert (free.path, free.low, free.high, plan.threshold) == ("labour.quit_rate", 0.1, 0.2, 2.0)


def test_deviations_count_in_tolerances_of_their_side():
    target = Target("default_share", "default_share", "2023", (8,), 0.02, 0.01, 0.04)
    assert [target.deviation(value) for value in (0.01, 0.02, 0.03, 0.06)] == pytest.approx([-1.0, 0.0, 0.5, 2.0])


def test_the_loss_is_a_weighted_sum_of_squares(plan_of):
    plan = plan_of(TARGETS)
    at_target = {target.name: target.value for target in plan.targets}
    assert plan.loss(at_target) == 0.0
    assert plan.loss({**at_target, "gdp": 7200.0}) == pytest.approx(0.5 * 4.0)


def test_targets_of_the_bundled_district_are_fitted_levels_and_its_free_parameters_assumptions():
    plan = read_plan(load_region("nanhu"))
    assert {"high_tech_enterprises", "tech_smes", "patents_per_10k", "rd_intensity"} <= {t.name for t in plan.targets}
    assert 10 <= len(plan.free) <= 20
    assert all(one.low < one.default < one.high for one in plan.free)


def test_a_region_without_targets_says_so():
    with pytest.raises(ScenarioError, match=r"^the region testbed has no targets\.toml: nothing to calibrate to"):
        read_plan(load_region("testbed"))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("[targets.turnover]", "[targets.turnovr]", 'toml:6: targets.turnovr: is not a level to be fitted; did you'),
        ("[targets.turnover]", "[targets.firms]", "targets.firms: is not a level to be fitted"),
        ("[targets.turnover]", "[targets.exit_rate]", "targets.exit_rate: is not a level to be fitted"),
        ('when = "2023"', 'when = "2020"', "targets.toml:7: targets.turnover.when: 2020 lies before the results begin"),
        ('when = "2023"', 'when = "soon"', '"soon" must be a quarter such as "2023Q1" or a year'),
        ("weight = 0.5", "wieght = 0.5", 'targets.gdp.wieght: unknown key; did you mean "weight"?'),
        ("tolerance = 100", "tolerance = 0", "targets.gdp.tolerance: 0 must be a number above 0"),
        ('source = "a guess"\n', "", "targets.gdp.tolerance: has no source"),
        ("quit_rate", "quit_rat", 'free.labour.quit_rat: there is no such parameter; did you mean "quit_rate"?'),
        ("low = 0.1,", "low = 0.14,", "must leave room around the default, 0.135"),
        ("high = 0.2,", "high = 0.7,", "free.labour.quit_rate.high: 0.7 must be a number from 0 to 0.5"),
        ("[free.labour]\nquit_rate", "[free.migration]\nwage_weight", "at its source (Tombe and Zhu (2019)"),
        ("[free.labour]\nquit_rate", "[free.certification]\nincome_share", "at its source (certification rules)"),
    ],
)  # fmt: skip
def test_a_fault_of_the_targets_is_told_with_its_place(plan_of, old, new, told):
    assert old in TARGETS
    with pytest.raises(ScenarioError) as caught:
        plan_of(TARGETS.replace(old, new, 1))
    assert told in str(caught.value)


def test_check_reads_targets_and_calibration_of_a_region(tmp_path):
    folder = tmp_path / "mine"
    shutil.copytree(load_region("testbed").directory, folder)
    assert findings(str(folder)).problems == []
    (folder / "targets.toml").write_text(TARGETS.replace("quit_rate", "quit_rat"), encoding="utf-8")
    (folder / "calibration.toml").write_text("[parameters.labour]\nquit_rate = 0.1\n", encoding="utf-8")
    [problem] = findings(str(folder)).problems
    assert "targets.toml:21: free.labour.quit_rat: there is no such parameter" in problem
    (folder / "calibration.toml").write_text("[parameters.labour]\nquit_rte = 0.1\n", encoding="utf-8")
    [problem] = findings(str(folder)).problems
    assert 'calibration.toml:2: parameters.labour.quit_rte: unknown key; did you mean "quit_rate"?' in problem

"""A region's calibration sets its defaults: above those of the code, below scenarios and options."""

import shutil

import pytest

from simulation.errors import ScenarioError
from simulation.scenario import Scenario, load_scenario
from simulation.space.region import load_region

FITTED = """
[about]
loss = 1.5

[parameters.labour]
quit_rate = 0.11
search_rate = 0.004

[parameters.credit]
bank_margin = 0.009

[spread]
threshold = 1.0
parameters = ["labour.quit_rate", "credit.bank_margin"]
loss = [1.5, 2.0]
sets = [[0.11, 0.009], [0.12, 0.008]]
"""


@pytest.fixture
def place(tmp_path):
    """Return a function that makes a copy of the testbed with a calibration."""

    def make(text=FITTED):
        folder = tmp_path / "mine"
        shutil.copytree(load_region("testbed").directory, folder, dirs_exist_ok=True)
        (folder / "calibration.toml").write_text(text, encoding="utf-8")
        return folder

    return make


def test_calibrated_values_replace_the_declared_ones(place):
    scenario = load_scenario("baseline", region=place())
    labour, credit = scenario.parameters["labour"], scenario.parameters["credit"]
    assert (labour.quit_rate, labour.search_rate, credit.bank_margin) == (0.11, 0.004, 0.009)
    assert credit.rate_cap == load_scenario("baseline", region="testbed").parameters["credit"].rate_cap


def test_scenario_files_and_options_replace_calibrated_values(place, tmp_path):
    file = tmp_path / "own.toml"
    file.write_text('extends = "baseline"\nregion = "mine"\n[parameters.labour]\nquit_rate = 0.15\n', encoding="utf-8")
    place()
    scenario = load_scenario(file, set={"parameters.credit.bank_margin": 0.001})
    labour = scenario.parameters["labour"]
    assert (labour.quit_rate, labour.search_rate) == (0.15, 0.004)
    assert scenario.parameters["credit"].bank_margin == 0.001


def test_a_scenario_made_in_python_has_the_defaults_of_its_region(place):
    region = load_region(place())
    made = Scenario("baseline", region)
    assert made.parameters["labour"].quit_rate == 0.11
    assert made.digest == load_scenario("baseline", region=region).digest


def test_the_resolved_scenario_says_what_the_region_set(place):
    resolved = load_scenario("baseline", region=place(), set={"parameters.labour.quit_rate": 0.2}).resolved()
    assert resolved["region"]["calibrated"]["labour"] == {"quit_rate": 0.11, "search_rate": 0.004}
    assert resolved["parameters"]["labour"]["quit_rate"] == 0.2
    assert "calibrated" not in load_scenario("baseline", region="testbed").resolved()["region"]


def test_a_scenario_written_out_loads_as_itself_over_a_calibration(place, tmp_path):
    declared = load_scenario("baseline", region="testbed").parameters["labour"].quit_rate
    scenario = load_scenario("baseline", region=place(), set={"parameters.labour.quit_rate": declared})
    text = scenario.to_toml()
    assert "quit_rate" in text
    assert "bank_margin" not in text
    file = tmp_path / "baseline.toml"
    file.write_text(text, encoding="utf-8")
    assert load_scenario(file).digest == scenario.digest


def test_the_digest_follows_the_values_and_not_the_spread_or_the_report(place):
    first = load_scenario("baseline", region=place()).digest
    other_report = FITTED.replace("loss = 1.5", "loss = 2.5").replace("0.12, 0.008", "0.13, 0.008")
    assert load_scenario("baseline", region=place(other_report)).digest == first
    other_value = FITTED.replace("quit_rate = 0.11", "quit_rate = 0.1")
    assert load_scenario("baseline", region=place(other_value)).digest != first


def test_the_spread_can_be_drawn_from(place):
    calibration = load_region(place()).calibration
    assert calibration.spread[1] == {"labour.quit_rate": 0.12, "credit.bank_margin": 0.008}


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("quit_rate", "quit_rat", ':6: parameters.labour.quit_rat: unknown key; did you mean "quit_rate"?'),
        ("[parameters.credit]", "[parameters.credits]", ":9: parameters.credits: there is no such group"),
        ("rate = 0.11", "rate = 11", ":6: parameters.labour.quit_rate: 11 must be a number from 0 to 0.5"),
        ("[about]", "[abuot]", 'calibration.toml:2: abuot: unknown key; did you mean "about"?'),
        ("[0.12, 0.008]", "[0.12]", "calibration.toml:16: spread.sets: must be a list of lists of 2 numbers"),
        ("loss = 1.5", "loss = ", "calibration.toml:3: not valid TOML"),
    ],
)  # fmt: skip
def test_a_fault_of_the_file_is_told_in_one_line(place, old, new, told):
    with pytest.raises(ScenarioError) as caught:
        load_scenario("baseline", region=place(FITTED.replace(old, new, 1)))
    [problem] = caught.value.problems
    assert told in str(problem)


def test_a_scenario_made_in_python_tells_faults_of_the_calibration_too(place):
    region = load_region(place(FITTED.replace("quit_rate", "quit_rat", 1)))
    with pytest.raises(ScenarioError, match='unknown key; did you mean "quit_rate"'):
        Scenario("baseline", region)

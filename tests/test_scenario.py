"""Scenarios load as written, extend each other, and tell every fault with its file and line."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from simulation.errors import ScenarioError
from simulation.parameters import PARAMETERS
from simulation.policies.rd_subsidy import RdSubsidy
from simulation.policies.risk_pool import RiskPool
from simulation.policy import Eligibility, Span
from simulation.scenario import Scenario, load_scenario, new_scenario, scenario_names, schema
from simulation.scenario_files import scenario_folder
from simulation.space.region import load_region

Write = Callable[..., Path]
Refused = Callable[..., list[str]]
FIVE = ("guidance_fund", "innovation_corridor", "rd_subsidy", "risk_pool", "talent_green_channel")


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def to(text: str | bytes, name: str = "mine.toml") -> Path:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return to


@pytest.fixture
def refused(write: Write) -> Refused:
    """Return what loading a text raises, one line for each fault, without the folder."""

    def lines(text: str | bytes = 'extends = "baseline"', **options) -> list[str]:
        path = write(text)
        with pytest.raises(ScenarioError) as caught:
            load_scenario(path, **options)
        told = [str(problem) for problem in caught.value.problems]
        assert all("\n" not in line for line in told)
        return [line.replace(f"{path.parent}/", "") for line in told]

    return lines


@pytest.mark.parametrize("name", scenario_names())
def test_every_bundled_scenario_loads_and_is_titled_in_both_languages(name):
    scenario = load_scenario(name)
    assert scenario.name == name
    assert all(scenario.title)
    assert all(scenario.description)
    assert set(scenario.parameters) == set(PARAMETERS)
    assert scenario.region.name == "nanhu"
    assert scenario.quarters == 60
    assert all(scenario.date(policy.start) == "2023Q1" for policy in scenario.policies.values())


def test_the_baseline_comes_first_and_has_no_policy():
    assert scenario_names()[0] == "baseline"
    assert load_scenario("baseline").policies == {}


def test_the_five_policies_are_each_as_in_their_own_file():
    five = load_scenario("five_policies").policies
    assert tuple(five) == FIVE
    for name, policy in five.items():
        assert policy == load_scenario(name).policies[name]


def test_every_value_of_a_bundled_file_is_commented_or_plain_and_names_its_policy():
    for name in FIVE:
        written = tomllib.loads((scenario_folder() / f"{name}.toml").read_text(encoding="utf-8"))
        assert list(written["policies"]) == [name]


def test_present_means_on_and_drop_leaves_an_inherited_policy_out(write):
    path = write('extends = "five_policies"\ndrop = ["rd_subsidy", "risk_pool"]\n[policies.risk_pool]\nbudget = 7')
    policies = load_scenario(path).policies
    assert "rd_subsidy" not in policies
    assert policies["risk_pool"].budget == 7.0
    assert policies["risk_pool"].eligible == Eligibility(), "a dropped policy starts afresh"


def test_a_child_overrides_only_what_it_says(write):
    path = write('extends = "risk_pool"\n[policies.risk_pool]\nloss_share = 0.6\neligible.age.low = 4')
    pool, parent = load_scenario(path).policies["risk_pool"], load_scenario("risk_pool").policies["risk_pool"]
    assert pool.loss_share == 0.6
    assert pool.deposit == parent.deposit
    assert pool.eligible.tiers == (1, 2, 3)
    assert pool.eligible.age == Span(low=4, high=32)


def test_a_mix_extends_several_files_the_later_over_the_earlier(write):
    write('extends = "rd_subsidy"\nquarters = 30\n[policies.rd_subsidy]\nrate = 0.2', "one.toml")
    write('extends = "rd_subsidy"\n[policies.rd_subsidy]\nbudget = 9', "two.toml")
    scenario = load_scenario(write('extends = ["one.toml", "two.toml", "uniform_rebate"]'))
    assert list(scenario.policies) == ["rd_subsidy", "uniform_rebate"]
    subsidy = scenario.policies["rd_subsidy"]
    assert (subsidy.rate, subsidy.budget) == (0.2, 9.0), "what both extend is laid down once, before both"
    assert scenario.quarters == 30


def test_files_extend_each_other_by_path_relative_to_themselves(tmp_path, write):
    (tmp_path / "inner").mkdir()
    write('extends = "rd_subsidy"\ntitle = "Parent"\nquarters = 20', "inner/parent.toml")
    scenario = load_scenario(write('extends = "inner/parent.toml"'))
    assert scenario.quarters == 20
    assert list(scenario.policies) == ["rd_subsidy"]
    assert scenario.title.en == "mine", "a title is not inherited"


def test_options_replace_what_the_file_says():
    options = {"quarters": 12, "scale": 0.5, "region": "testbed"}
    scenario = load_scenario("rd_subsidy", set={"policies.rd_subsidy.rate": "20 %"}, **options)
    assert (scenario.quarters, scenario.scale, scenario.region.name) == (12, 0.5, "testbed")
    assert scenario.policies["rd_subsidy"].rate == pytest.approx(0.2)


def test_parameters_and_financing_are_set_by_dotted_path():
    scenario = load_scenario("baseline", set={"financing.debt": 0.25, "parameters.credit.bank_margin": 0.01})
    assert scenario.parameters["financing"].debt == 0.25
    assert scenario.parameters["financing"].background_cut == 0.75, "what is not said bears the rest"
    assert scenario.parameters["credit"].bank_margin == 0.01


def test_units_and_dates_in_files_are_converted(write):
    text = """
extends = "baseline"
[policies.risk_pool]
start = "2024Q3"
end = "2030Q4"
budget = "0.02 billion CNY"
deposit = "6000 万元"
loss_share = "40 %"
[policies.risk_pool.eligible]
size = { high = "4 亿元" }
[policies.innovation_corridor]
delay = "2 years"
"""
    policies = load_scenario(write(text)).policies
    pool = policies["risk_pool"]
    assert (pool.start, pool.end) == (14, 39)
    assert (pool.budget, pool.deposit, pool.loss_share) == pytest.approx((20.0, 60.0, 0.4))
    assert pool.eligible.size.high == pytest.approx(400.0)
    assert policies["innovation_corridor"].delay == 8


def test_long_texts_do_not_move_line_numbers(refused):
    told = refused('description = """\nquartres = 1\n[policies]\n"""\nextends = "baseline"\nquartres = 3')
    assert told == [line for line in told if line.startswith("mine.toml:6: quartres: unknown key")]
    assert len(told) == 1


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[@pool]\nlos_share = 0.4", '3: @pool.los_share: unknown key; did you mean "loss_share"?'),
        ("[policies.risk_pol]\nbudget = 1", '2: policies.risk_pol: there is no such policy; did you mean "risk_pool"?'),
        ("@pool = true", "2: @pool: True must be a table, [@pool]"),
        ("policies = 3", "2: policies: 3 must be a table"),
        ("[@pool]\nenabled = false", "3: @pool.enabled: unknown key; a policy that is present is on"),
        ("[@pool]\nloss_share = 1.4", "3: @pool.loss_share: 1.4 must be a number from 0 to 0.9; Share of"),
        ("[@pool]\nbudget = -1", "3: @pool.budget: -1 must be a number from 0 to 100000 (million CNY a year); Money"),
        ("[@pool]\nbudget = nan", "3: @pool.budget: nan must be a number"),
        ("[@pool]\nbudget = true", "3: @pool.budget: true must be a number"),
        ("[@pool]\nbudget = [1]", "3: @pool.budget:"),
        (
            '[@pool]\nbudget = "3 km"',
            '3: @pool.budget: "3 km" cannot be converted; the unit here is million CNY a year',
        ),
        ('[@pool]\nbudget = "much"', '3: @pool.budget: "much" is not a number with a unit'),
        (
            "[policies.innovation_corridor]\ndelay = 2.5",
            "3: policies.innovation_corridor.delay: 2.5 must be a whole number from 1 to 40 (quarter)",
        ),
        ('[@pool]\nstart = "2023"', '3: @pool.start: "2023" must be a quarter such as "2023Q1"'),
        ("[@pool]\nstart = 2023", '3: @pool.start: 2023 must be a quarter such as "2023Q1"'),
        ("[@pool]\nstart = 2023-01-01", "3: @pool.start:"),
        (
            '[@pool]\nstart = "2022Q4"',
            "3: @pool.start: 2022Q4 lies in the burn-in; the first quarter allowed is 2023Q1",
        ),
        ('[@pool]\nstart = "2050Q1"', "3: @pool.start: 2050Q1 is after the last quarter of the run, 2035Q4"),
        ('[@pool]\nstart = "2025Q1"\nend = "2024Q4"', "4: @pool.end: 2024Q4 is before the start, 2025Q1"),
        ("[@pool.eligible]\ntiers = [5]", "3: @pool.eligible.tiers: 5 is not one of 1, 2, 3, 4"),
        ("[@pool.eligible]\ntiers = 1", "3: @pool.eligible.tiers: 1 must be a list"),
        ('[@pool.eligible]\nindustries = ["life_helth"]', '3: @pool.eligible.industries: "life_helth" is not one of'),
        ('[@pool.eligible]\nzones = ["fund"]', '3: @pool.eligible.zones: "fund" is not one of'),
        ("[@pool.eligible]\nage = { hgih = 3 }", '3: @pool.eligible.age.hgih: unknown key; did you mean "high"?'),
        ("[@pool.eligible]\nage = 3", "3: @pool.eligible.age: 3 must be a range"),
        ("[@pool.eligible]\nage = { low = 9, high = 3 }", "3: @pool.eligible.age: low 9 is above high 3"),
        ("[@pool.eligible]\nage.low = nan", "3: @pool.eligible.age.low: nan must be a number"),
        ("[@pool.eligible]\nages.low = 1", '3: @pool.eligible.ages: unknown key; did you mean "age"?'),
        (
            "[parameters.credt]\na = 1",
            '2: parameters.credt: there is no such group of parameters; did you mean "credit"?',
        ),
        (
            "[parameters.credit]\nbank_margn = 1",
            '3: parameters.credit.bank_margn: unknown key; did you mean "bank_margin"?',
        ),
        ("[parameters.initial]\nwage = [1, 2]", "3: parameters.initial.wage:"),
        ("[financing]\ndebt = 2", "3: financing.debt: 2 must be a number from 0 to 1"),
        ("[financing]\nbackground_cut = 0.5", "2: financing: the shares add up to 0.5, must be 1"),
        ("[financing]\ndebt = 1\n[parameters.financing]\ndebt = 1", "2: financing: is written twice"),
        ("quarters = 8", "2: quarters: 8 must be a whole number from 9 to 1000"),
        ("quarters = true", "2: quarters: True must be a whole number"),
        ('quarters = "ten"', "2: quarters: 'ten' must be a whole number"),
        ("scale = 0", "2: scale: 0 must be a number from 0.005 to 10"),
        ("scale = nan", "2: scale: nan must be a number"),
        ('region = "nanh"', '2: region: there is no region "'),
        ("region = 3", "2: region: 3 must be the name or the folder of a region"),
        ("title = 3", "2: title: 3 must be a text"),
        ("polices.x = 1", '2: polices: unknown key; did you mean "policies"?'),
        ("risk_pool.budget = 1", "2: risk_pool: unknown key; a policy is written as [@pool]"),
        ("credit.bank_margin = 1", "2: credit: unknown key; parameters are written as [parameters.credit]"),
        ('drop = ["rd_subsidy"]', '2: drop: no policy "rd_subsidy" is inherited (inherited: none)'),
        ('drop = "rd_subsidy"', "2: drop: 'rd_subsidy' must be a list of policies"),
    ],
)
def test_a_fault_is_told_in_one_line_with_file_and_line(refused, text, line):
    told = refused(f'extends = "baseline"\n{text}\n'.replace("@pool", "policies.risk_pool"))
    assert len(told) == 1
    assert told[0].startswith("mine.toml:" + line.replace("@pool", "policies.risk_pool"))


def test_all_faults_are_told_at_once_with_the_file_that_says_them(write, refused):
    write('extends = "baseline"\n[policies.rd_subsidy]\nrate = 9\n', "parent.toml")
    told = refused(
        'extends = "parent.toml"\nquarters = 5\nplenty = 1\n'
        '[policies.risk_pool]\nbudgte = 3\nfee = "1 km"\nstart = "2021Q1"\n',
        set={"policies.rd_subsidy.upper_share": 2},
    )
    assert len(told) == 6
    assert sum(line.startswith("parent.toml:3: policies.rd_subsidy.rate: 9") for line in told) == 1
    assert sum(line.startswith("--set: policies.rd_subsidy.upper_share: 2 must be") for line in told) == 1
    assert {line.split(":")[1] for line in told if line.startswith("mine.toml")} == {"2", "3", "5", "6"}


def test_a_faulty_value_does_not_hide_the_other_faults_of_its_policy(refused):
    told = refused('extends = "baseline"\n[policies.risk_pool]\nbudgte = 3\nloss_share = 4\nend = "soon"\n')
    assert [line.split(":")[1] for line in sorted(told)] == ["3", "4", "5"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "mine.toml: the file is empty; a scenario needs at least"),
        (b" \n\t\n", "mine.toml: the file is empty"),
        (b"\x89PNG\r\n\x1a\n\x00\xff", "mine.toml: is not a text file in UTF-8"),
        (b"a\x00b = 1", "mine.toml: is not a text file in UTF-8"),
        (b'title = "a\nextends = "baseline"', "mine.toml:1: not valid TOML"),
        (b"[a]\nb = 1\nb = 2", "mine.toml:3: not valid TOML"),
        (b"[a]\nb = [1,", "mine.toml:2: not valid TOML"),
        (b"extends = [3]", "mine.toml:1: extends: [3] must be the name or path of a scenario, or a list"),
        (b'extends = "baselin"', 'mine.toml:1: extends: there is no scenario "baselin"; did you mean "baseline"?'),
        (b'extends = ""', 'mine.toml:1: extends: "" is a folder'),
        (b'extends = "mine.toml"', "mine.toml:1: extends: goes in a circle: mine.toml -> mine.toml"),
        (b"x = " + b"[" * 3000 + b"]" * 3000, "mine.toml:"),
    ],
)
def test_an_unreadable_file_is_told_in_one_line(refused, content, told):
    lines = refused(content)
    assert len(lines) == 1
    assert lines[0].startswith(told)


def test_a_circle_of_files_is_told_with_its_route(write, refused):
    write('\nextends = "mine.toml"', "b.toml")
    told = refused('extends = "b.toml"')
    assert told == ["b.toml:2: extends: goes in a circle: mine.toml -> b.toml -> mine.toml"]


def test_a_missing_scenario_and_a_folder_are_told(tmp_path):
    with pytest.raises(ScenarioError, match='there is no scenario "risk_pol"; did you mean "risk_pool"'):
        load_scenario("risk_pol")
    with pytest.raises(ScenarioError, match="is a folder; give a scenario file"):
        load_scenario(tmp_path)
    with pytest.raises(ScenarioError, match="there is no scenario"):
        load_scenario("no/such/file.toml")


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        ("policies.risk_pool.loss_share", 5, "--set: policies.risk_pool.loss_share: 5 must be a number from 0 to 0.9"),
        ("policies.risk_pool.los_share", 5, "--set: policies.risk_pool.los_share: unknown key"),
        ("policies.rd_subsidy.rate", 0.1, "--set: policies.rd_subsidy: the scenario does not have this policy"),
        ("policies.risk_pool", 3, "--set: policies.risk_pool: 3 must be a table"),
        ("quarters", 3, "--set: quarters: 3 must be a whole number"),
        ("title", "a", "--set: title: is said in the scenario's file only"),
        ("extends", "baseline", "--set: extends: is said in the scenario's file only"),
        ("policies..budget", 1, '--set: "policies..budget": must be a dotted path'),
        ("financing.debt", "2", "--set: financing.debt: 2.0 must be a number from 0 to 1"),
        ("drop", ["rd_subsidy"], '--set: drop: no policy "rd_subsidy" is inherited (inherited: risk_pool)'),
    ],
)
def test_faults_of_options_name_the_option(path, value, told):
    with pytest.raises(ScenarioError) as caught:
        load_scenario("risk_pool", set={path: value})
    assert len(caught.value.problems) == 1
    assert str(caught.value).startswith(told)


def test_a_faulty_quarters_option_is_told_with_other_faults():
    with pytest.raises(ScenarioError) as caught:
        load_scenario("risk_pool", quarters=3, scale=-1, set={"policies.risk_pool.fee": 1})
    assert [problem.file for problem in caught.value.problems] == ["--quarters", "--scale", "--set"]
    with pytest.raises(ScenarioError, match=r'--region: region: there is no region "nanh"; did you mean "nanhu"'):
        load_scenario("risk_pool", region="nanh")


def test_a_region_with_faults_tells_its_own_files(tmp_path, write):
    (tmp_path / "place").mkdir()
    write("title = 3", "place/region.toml")
    with pytest.raises(ScenarioError) as caught:
        load_scenario(write('extends = "baseline"\nregion = "place"'))
    assert any("place/region.toml:1: title" in str(problem) for problem in caught.value.problems)


def test_written_scenarios_load_as_the_same_run(write):
    region, eligible = load_region("testbed"), Eligibility(tiers=(1, 2), age=Span(high=32))
    made = Scenario(
        name="made",
        region=region,
        quarters=30,
        policies={"risk_pool": RiskPool(start=10, end=20, loss_share=0.3, eligible=eligible)},
        parameters={
            "credit": PARAMETERS["credit"](bank_margin=0.007),
            "financing": PARAMETERS["financing"](background_cut=0.5, debt=0.5),
        },
    )
    loaded = load_scenario(write(made.to_toml()))
    assert loaded.digest == made.digest
    assert loaded.policies == made.policies


@pytest.mark.parametrize("name", scenario_names())
def test_bundled_scenarios_survive_being_written(name, write):
    scenario = load_scenario(name)
    assert load_scenario(write(scenario.to_toml())).digest == scenario.digest


def test_the_digest_follows_what_affects_a_run_and_nothing_else(write):
    first = load_scenario("risk_pool")
    renamed = write((scenario_folder() / "risk_pool.toml").read_text(encoding="utf-8").replace("title ", "# "))
    assert load_scenario(renamed).digest == first.digest
    region = replace(first.region, inputs=first.region.inputs * 1.01)
    others = [
        load_scenario("baseline"),
        load_scenario("risk_pool", quarters=61),
        load_scenario("risk_pool", scale=0.9),
        load_scenario("risk_pool", region="testbed"),
        load_scenario("risk_pool", region=region),
        load_scenario("risk_pool", set={"policies.risk_pool.fee": 0.006}),
        load_scenario("risk_pool", set={"policies.risk_pool.eligible.age.high": 31}),
        load_scenario("risk_pool", set={"parameters.credit.bank_margin": 0.0061}),
    ]
    assert len({first.digest, *(other.digest for other in others)}) == 1 + len(others)


def test_the_digest_is_the_same_in_another_process():
    code = (
        "import json, simulation.scenario as s\n"
        "case = s.load_scenario('five_policies')\n"
        "print(json.dumps([case.digest, case.resolved()]))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    digest, resolved = json.loads(told)
    here = load_scenario("five_policies")
    assert resolved == here.resolved()
    assert digest == here.digest


def test_the_resolved_scenario_is_json_without_infinities_and_with_dates():
    resolved = load_scenario("risk_pool", set={"policies.risk_pool.end": "2030Q1"}).resolved()
    assert json.loads(json.dumps(resolved, allow_nan=False)) == resolved
    pool = resolved["policies"]["risk_pool"]
    assert (pool["start"], pool["end"]) == ("2023Q1", "2030Q1")
    assert pool["eligible"] == {"tiers": [1, 2, 3], "age": {"high": 32.0}}


def test_a_scenario_made_in_python_takes_policies_as_a_list_and_is_checked():
    region = load_region("nanhu")
    made = Scenario("mine", region, policies=[RdSubsidy(start=8)])
    assert list(made.policies) == ["rd_subsidy"]
    assert made.title.en == "mine"
    for faults in (
        {"policies": [RdSubsidy(start=3)]},
        {"policies": [RdSubsidy(start=9, end=8)]},
        {"policies": [RdSubsidy(eligible=Eligibility(zones=("nowhere",)))]},
        {"policies": {"risk_pool": RdSubsidy()}},
        {"parameters": {"finance": PARAMETERS["financing"]()}},
        {"parameters": {"credit": PARAMETERS["financing"]()}},
        {"parameters": {"financing": PARAMETERS["financing"](debt=0.5)}},
        {"quarters": 8},
        {"scale": 0.0},
    ):
        with pytest.raises(ScenarioError, match="mine: "):
            Scenario("mine", region, **faults)


def test_a_scenario_can_be_sent_to_another_process():
    scenario = load_scenario("five_policies")
    twin = pickle.loads(pickle.dumps(scenario))
    assert twin.digest == scenario.digest
    assert twin.policies == scenario.policies


def test_a_draft_loads_and_keeps_the_values_of_the_bundled_policies(write):
    scenario = load_scenario(write(new_scenario("baseline", list(FIVE))))
    assert scenario.policies == load_scenario("five_policies").policies


def test_a_draft_explains_every_parameter_and_its_comments_can_be_taken_away(write):
    text = new_scenario("rd_subsidy", ["risk_pool"])
    assert "(million CNY a year; 0 to 100000; default 20)" in text
    for line in ("[financing]", "background_cut = 1", "upper_transfer = 0"):
        assert f"# {line}\n" in text
        text = text.replace(f"# {line}\n", f"{line}\n")
    text = text.replace("background_cut = 1", "background_cut = 0.7").replace("transfer = 0", "transfer = 0.3")
    assert load_scenario(write(text)).parameters["financing"].upper_transfer == 0.3


def test_a_draft_may_have_stresses_beside_policies(write):
    scenario = load_scenario(write(new_scenario("baseline", ["risk_pool", "demand", "technology_controls"])))
    assert list(scenario.policies) == ["risk_pool"]
    for name, bundled in (("demand", "shock_demand"), ("technology_controls", "shock_chip_controls")):
        assert scenario.stresses[name] == load_scenario(bundled).stresses[name]


def test_a_draft_of_unknown_names_is_refused():
    with pytest.raises(ScenarioError, match='there is no policy "risk_pol"; did you mean "risk_pool"'):
        new_scenario("baseline", ["risk_pol"])
    with pytest.raises(ScenarioError, match='there is no policy "deman"; did you mean "demand"'):
        new_scenario("baseline", ["deman"])
    with pytest.raises(ScenarioError, match='there is no scenario "baselin"'):
        new_scenario("baselin", [])


def test_the_schema_names_every_policy_and_parameter():
    text = json.dumps(schema(), allow_nan=False)
    read = json.loads(text)["properties"]
    assert set(read["parameters"]["properties"]) == set(PARAMETERS)
    assert set(FIVE) <= set(read["policies"]["properties"])
    pool = read["policies"]["properties"]["risk_pool"]["properties"]
    assert set(pool) == set(RiskPool.model_fields)
    assert pool["loss_share"]["anyOf"][0]["maximum"] == 0.9


def test_a_plugin_adds_a_policy_and_changes_the_digest(write):
    plugin = write(
        'from simulation.policy import Policy\nclass Gift(Policy, name="gift_of_test"):\n    """Nothing."""\n',
        "gift.py",
    )
    path = write('extends = "baseline"\n[policies.gift_of_test]\nbudget = 1\n')
    code = (
        "import sys; from simulation.scenario import load_scenario as load\n"
        "print(*load(sys.argv[1], plugins=[sys.argv[2]]).policies)\n"
        "print(load('baseline', plugins=[sys.argv[2]]).digest != load('baseline').digest)"
    )
    command = [sys.executable, "-c", code, str(path), str(plugin)]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert told.split() == ["gift_of_test", "True"]
    with pytest.raises(ScenarioError, match="plugin cannot be loaded"):
        load_scenario("baseline", plugins=[write("1 +", "broken.py")])


def test_a_policy_refuses_criteria_that_it_cannot_choose_by(refused: Refused) -> None:
    text = 'extends = "baseline"\n[policies.talent_green_channel]\nstart = "2023Q1"\neligible = { tiers = [2] }\n'
    [line] = refused(text)
    assert "mine.toml:4" in line
    assert "cannot choose by tiers; it can by skills, age, ability" in line

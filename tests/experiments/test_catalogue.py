import json

import pytest

from experiments import cli

GOOD = """
title = "Mine"
title_zh = "我的情景"
extends = "risk_pool"

[policies.risk_pool]
loss_share = 0.5
"""


@pytest.fixture(autouse=True)
def own_folder(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)


def yanzhen(*words):
    return cli.main([*words])


@pytest.mark.parametrize(
    ("what", "name"),
    [
        ("scenarios", "baseline"),
        ("policies", "risk_pool"),
        ("stresses", "demand"),
        ("outcomes", "rd_intensity"),
        ("parameters", "policies.risk_pool.loss_share"),
        ("regions", "nanhu"),
    ],
)
def test_list_shows_names_as_table_and_as_json(capsys, what, name):
    assert yanzhen("list", what, "--lang", "both") == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith(name) for line in lines)
    assert yanzhen("list", what, "--json") == 0
    assert name in [entry["name"] for entry in json.loads(capsys.readouterr().out)[what]]


def test_list_of_parameters_tells_unit_bounds_and_source(capsys):
    assert yanzhen("list", "parameters", "--json") == 0
    entries = {entry["name"]: entry for entry in json.loads(capsys.readouterr().out)["parameters"]}
    share = entries["policies.risk_pool.loss_share"]
    assert (share["default"], share["low"], share["high"], share["source"]) == (0.4, 0.0, 0.9, "Ningbo 2015")
    assert any(name.startswith("parameters.") for name in entries)


def test_list_speaks_the_chosen_language(capsys):
    assert yanzhen("list", "policies", "--lang", "zh") == 0
    chinese = capsys.readouterr().out
    assert "风险补偿资金池" in chinese
    assert "Risk-compensation pool" not in chinese


def test_list_of_policies_tells_levers_cost_and_parameters_of_each(capsys):
    assert yanzhen("list", "policies", "--lang", "en") == 0
    page = capsys.readouterr().out.split("\n\n")
    [pool] = [part for part in page if part.startswith("risk_pool ")]
    assert "loss_cover (Share of a bank's loss that a pool repays (credit))" in pool
    assert "cost: 20 million CNY a year at most" in pool
    assert "设立风险补偿资金池" in pool
    [share] = [line for line in pool.splitlines() if line.strip().startswith("loss_share")]
    assert share.split()[1:5] == ["0.4", "1", "0–0.9", "Ningbo"]


def test_a_new_file_offers_only_the_criteria_that_a_policy_can_choose_by(tmp_path, capsys):
    file = tmp_path / "mine.toml"
    assert yanzhen("new", str(file), "--with", "risk_pool", "--with", "guidance_fund", "--with", "gold_collar") == 0
    text = file.read_text()
    assert "# zones = " in text
    assert "# skills = " not in text
    assert "policies.guidance_fund.eligible" not in text
    assert yanzhen("check", str(file)) == 0


def test_unknown_list_names_the_nearest(capsys):
    assert yanzhen("list", "policy") == 2
    assert 'did you mean "policies"?' in capsys.readouterr().err


def test_check_passes_valid_files_and_bundled_names(tmp_path, capsys):
    (tmp_path / "mine.toml").write_text(GOOD, encoding="utf-8")
    assert yanzhen("check", "mine.toml", "baseline", "nanhu") == 0
    assert capsys.readouterr().out.splitlines() == ["mine.toml: ok", "baseline: ok", "nanhu: ok"]


def test_check_tells_every_fault_in_its_own_line(tmp_path, capsys):
    text = GOOD.replace("loss_share = 0.5", 'los_share = 0.5\ndeposit = "12 km"\nfee = 7')
    (tmp_path / "bad.toml").write_text(text, encoding="utf-8")
    assert yanzhen("check", "bad.toml", "baseline") == 2
    shown = capsys.readouterr()
    faults = shown.err.splitlines()
    assert len(faults) == 3
    assert all(fault.startswith("bad.toml:") for fault in faults)
    assert 'did you mean "loss_share"?' in shown.err
    assert shown.out == "baseline: ok\n"


def test_check_warns_with_the_notes_of_policies_and_the_file_stays_valid(monkeypatch, capsys):
    from simulation.parameters import Label
    from simulation.policy import POLICIES

    monkeypatch.setattr(POLICIES["risk_pool"], "note", Label("ask the county first", "先问县里"))
    assert yanzhen("check", "risk_pool", "baseline", "--lang", "en") == 0
    shown = capsys.readouterr()
    assert shown.err.splitlines() == ["risk_pool: policies.risk_pool: warning: ask the county first"]
    assert shown.out.splitlines() == ["risk_pool: ok", "baseline: ok"]
    assert yanzhen("check", "risk_pool", "--json", "--lang", "zh") == 0
    shown = capsys.readouterr()
    [entry] = json.loads(shown.out)["files"]
    assert entry["ok"]
    assert "先问县里" in entry["warnings"][0]
    assert yanzhen("list", "policies", "--lang", "zh") == 0
    assert "先问县里" in capsys.readouterr().out


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00\x01\xff\xfe", b'extends = "bad"\n', b"[policies.risk_pool\n"],
    ids=["empty", "binary", "cyclic", "cut"],
)
def test_a_file_that_is_no_scenario_gives_one_line(tmp_path, capsys, content):
    (tmp_path / "bad.toml").write_bytes(content)
    assert yanzhen("check", "bad.toml") in ((0, 2) if content == b"" else (2,))
    assert capsys.readouterr().err.count("\n") <= 1


def test_check_of_a_missing_file_is_bad_input(capsys):
    assert yanzhen("check", "nowhere.toml", "--json") == 2
    shown = capsys.readouterr()
    [entry] = json.loads(shown.out)["files"]
    assert not entry["ok"]
    assert "nowhere.toml" in shown.err


def test_new_file_loads_and_has_the_policies(tmp_path, capsys):
    assert yanzhen("new", "mine.toml", "--with", "risk_pool", "rd_subsidy") == 0
    assert yanzhen("check", "mine.toml", "--quiet") == 0
    import simulation

    assert sorted(simulation.load_scenario("mine.toml").policies) == ["rd_subsidy", "risk_pool"]


def test_new_does_not_overwrite_without_force(tmp_path, capsys):
    (tmp_path / "mine.toml").write_text("my work")
    assert yanzhen("new", "mine.toml") == 2
    assert (tmp_path / "mine.toml").read_text() == "my work"
    assert "--force" in capsys.readouterr().err
    assert yanzhen("new", "mine.toml", "--force") == 0


@pytest.mark.parametrize("words", [["--with", "risk_pol"], ["--from", "basline"]])
def test_new_names_the_nearest_of_an_unknown_name(tmp_path, capsys, words):
    assert yanzhen("new", "mine.toml", *words) == 2
    assert "did you mean" in capsys.readouterr().err
    assert not (tmp_path / "mine.toml").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["run", "basline"], "baseline"),
        (["run", "risk_pool", "--set", "policies.risk_pool.los_share=0.6"], "loss_share"),
        (["run", "risk_pool", "--set", "policies.risk_pool.loss_share=3"], "loss_share"),
        (["run", "risk_pool", "--set", "policies.risk_pool.start=2021Q1"], "start"),
        (["run", "baseline", "--region", "nanhuu"], "nanhu"),
        (["run", "baseline", "--plugin", "nowhere.py"], "nowhere.py"),
    ],
)
def test_faults_of_scenario_options_are_told_in_one_line(tmp_path, capsys, words, said):
    assert yanzhen(*words) == 2
    shown = capsys.readouterr()
    assert said in shown.err
    assert shown.err.count("\n") == 1
    assert not (tmp_path / "results").exists()

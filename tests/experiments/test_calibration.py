"""A calibration finds what is to be found, says what is not, and never runs the same thing twice."""

import shutil
import tomllib
from dataclasses import replace
from pathlib import Path

import fake_levels
import pytest

import simulation
from experiments.calibration.figures import fit_figure, identifiability_figure
from experiments.calibration.report import calibration_toml, fit_table, parameters_table
from experiments.calibration.runs import ModelRuns, with_values
from experiments.calibration.search import ROUNDS, Settings, calibrate, population_size
from experiments.calibration.targets import Free, Plan, Target
from experiments.cli import BAD_INPUT, DONE, INTERRUPTED, main
from simulation.errors import ScenarioError
from simulation.space.region import load_region

SETTINGS = Settings(43, (0, 1, 2), 12)
MOVES = 2 * 3
"""Sets run for sensitivities, which are not among those tried."""


@pytest.fixture(scope="module")
def fit(tmp_path_factory):
    return calibrate(fake_levels.plan(), fake_levels.levels, SETTINGS, tmp_path_factory.mktemp("fit"))


def test_known_parameters_are_recovered(fit):
    assert fit.loss < 0.02 * fit.default_loss
    for path in ("fake.speed", "fake.width"):
        assert fit.values[path] == pytest.approx(fake_levels.TRUTH[path], abs=0.02)


def test_steps_go_on_while_they_lower_the_loss(tmp_path):
    few = calibrate(fake_levels.plan(), fake_levels.levels, replace(SETTINGS, trials=1, draws=0), tmp_path)
    losses = few.tried["loss"].to_numpy()
    rounds = losses[1:].reshape(-1, 3).min(axis=1)
    assert 2 < len(rounds) <= ROUNDS
    assert (rounds[1:-1] < rounds[:-2]).all()
    assert few.loss == losses.min() < 0.5 * rounds[0]


def test_a_parameter_that_moves_no_level_is_reported_as_open(fit):
    assert fit.open_parameters == ["fake.idle"]
    assert fit.identifiability.eigenvalues[-1] == pytest.approx(0.0, abs=1e-9)


def test_a_parameter_that_presses_against_its_range_is_reported(fit):
    assert fit.at_bounds == []
    near = fit.values["fake.speed"] + 0.01
    free = (replace(one, high=near) if one.name == "speed" else one for one in fit.plan.free)
    pressed = replace(fit, plan=replace(fit.plan, free=tuple(free)))
    assert pressed.at_bounds == ["fake.speed"]
    assert "next to a bound" not in parameters_table(fit, "en")
    assert parameters_table(pressed, "en").endswith("may fit better: fake.speed.")


def test_the_spread_is_nearly_as_good_and_wide_where_levels_say_nothing(fit):
    assert (fit.spread["loss"] <= fit.loss + fit.plan.threshold).all()
    assert fit.spread.iloc[0]["loss"] == fit.loss == fit.tried["loss"].min()
    assert fit.spread["fake.idle"].std() > 3 * fit.spread["fake.width"].std()


def test_the_same_seed_finds_the_same_for_any_number_of_workers(fit, tmp_path):
    again = calibrate(fake_levels.plan(), fake_levels.levels, replace(SETTINGS, jobs=2), tmp_path)
    assert again.tried.equals(fit.tried)
    assert again.spread.equals(fit.spread)


@pytest.mark.parametrize("limit", [0, 50, 135, 155])
def test_an_interrupted_search_goes_on_where_it_stopped(fit, tmp_path, limit):
    stopped = fake_levels.Counted(tmp_path / "runs", limit)
    with pytest.raises(KeyboardInterrupt):
        calibrate(fake_levels.plan(), stopped, SETTINGS, tmp_path)
    assert stopped.count() == limit
    rest = fake_levels.Counted(tmp_path / "runs")
    resumed = calibrate(fake_levels.plan(), rest, SETTINGS, tmp_path)
    assert rest.count() == (len(fit.tried) + MOVES) * len(SETTINGS.seeds)
    assert resumed.tried.equals(fit.tried)
    assert resumed.spread.equals(fit.spread)


def test_a_finished_calibration_is_read_without_a_run_and_can_be_prolonged(tmp_path):
    short, runs = replace(SETTINGS, trials=20), fake_levels.Counted(tmp_path / "runs")
    first = calibrate(fake_levels.plan(), runs, short, tmp_path)
    done = runs.count()
    assert calibrate(fake_levels.plan(), runs, short, tmp_path).tried.equals(first.tried)
    assert runs.count() == done
    longer = calibrate(fake_levels.plan(), runs, replace(short, trials=45), tmp_path)
    straight = calibrate(fake_levels.plan(), fake_levels.levels, replace(short, trials=45), tmp_path / "straight")
    assert longer.tried.equals(straight.tried)
    assert done + 25 * 3 <= runs.count() <= done + 25 * 3 + (6 + 3 * ROUNDS + 12) * 3


def test_a_set_with_which_the_model_breaks_does_not_end_the_search(tmp_path):
    fit = calibrate(fake_levels.plan(), fake_levels.breaks_when_slow, SETTINGS, tmp_path)
    assert fit.failed
    assert all("ValueError: the books differ" in told for told in fit.failed)
    assert (fit.tried["fake.speed"] >= 0.2).all()


def test_a_model_that_does_not_run_at_the_start_says_so(tmp_path):
    with pytest.raises(ScenarioError, match="values to start from: ValueError"):
        calibrate(fake_levels.plan(), fake_levels.always_breaks, SETTINGS, tmp_path)


def test_given_sets_are_tried_first(tmp_path):
    near = {"fake.speed": 0.3, "fake.width": 0.7}
    few = replace(SETTINGS, trials=2, draws=0)
    fit = calibrate(fake_levels.plan(), fake_levels.levels, few, tmp_path, starts=[near])
    assert fit.tried.loc[1, list(near)].to_dict() == near
    assert (fit.tried["stage"] == "search").sum() == 2


def test_the_population_grows_with_the_logarithm_of_the_parameters():
    assert [population_size(n) for n in (1, 10, 17)] == [4, 10, 12]


def test_the_file_is_read_as_a_calibration_of_the_region(fit, tmp_path):
    data = tomllib.loads(calibration_toml(fit, {"region": "mine"}))
    assert data["parameters"]["fake"]["speed"] == fit.values["fake.speed"]
    assert data["identifiability"]["not_pinned_down"] == ["fake.idle"]
    assert data["levels"]["first"]["deviation"] == pytest.approx(
        (data["levels"]["first"]["simulated"] - data["levels"]["first"]["target"]) / 0.05, abs=0.02
    )
    folder = tmp_path / "mine"
    shutil.copytree(load_region("testbed").directory, folder)
    (folder / "calibration.toml").write_text(calibration_toml(fit, {"region": "mine"}), encoding="utf-8")
    spread = load_region(folder).calibration.spread
    assert len(spread) == len(fit.spread)
    assert spread[0] == fit.values


@pytest.mark.parametrize("lang", ["en", "zh", "both"])
def test_figures_and_tables_are_drawn_in_each_language(fit, lang, tmp_path):
    from experiments.plots import save, set_theme

    set_theme()
    for draw in (fit_figure, identifiability_figure):
        paths = save(draw(fit, lang), tmp_path)
        assert all(path.stat().st_size > 0 for path in paths)
    assert "fake.idle" in parameters_table(fit, lang)
    assert ("目标" in fit_table(fit, lang)) == (lang != "en")


@pytest.fixture(scope="module")
def testbed():
    return simulation.load_scenario("baseline", region="testbed", quarters=9, scale=0.2)


def test_values_are_set_by_path_and_checked(testbed):
    assert with_values(testbed, {"labour.quit_rate": 0.2}).parameters["labour"].quit_rate == 0.2
    with pytest.raises(ValueError, match="less than or equal to"):
        with_values(testbed, {"labour.quit_rate": 0.9})


def test_parameters_of_the_model_are_recovered_from_its_own_levels(testbed, tmp_path):
    truth = 0.3
    free = Free("labour", "quit_rate", 0.05, 0.45, 0.135)
    blank = Plan((Target("turnover", "turnover", "2023Q1", (8,), 0.0, -1.0, 1.0),), (free,))
    level = ModelRuns(testbed, blank)({"labour.quit_rate": truth}, 0)["turnover"]
    plan = replace(blank, targets=(replace(blank.targets[0], value=level, low=level - 0.02, high=level + 0.02),))
    fit = calibrate(plan, ModelRuns(testbed, plan), Settings(13, (0,), 0), tmp_path)
    assert fit.loss < 0.05 * fit.default_loss
    assert fit.values["labour.quit_rate"] == pytest.approx(truth, abs=0.04)
    assert fit.open_parameters == []


@pytest.fixture
def region(tmp_path):
    """A copy of the testbed with two targets and one free parameter."""
    folder = tmp_path / "mine"
    shutil.copytree(load_region("testbed").directory, folder)
    (folder / "targets.toml").write_text(
        'threshold = 1.0\nsource = "x"\nconfidence = "assumption"\n'
        '[targets.turnover]\nwhen = "2023Q1"\n[targets.tech_smes]\nwhen = "2023Q1"\n'
        '[free]\nsource = "x"\nconfidence = "assumption"\n'
        '[free.labour]\nquit_rate = { low = 0.1, high = 0.2, label = { en = "Q", zh = "离" } }\n',
        encoding="utf-8",
    )
    return folder


def run(region, *options):
    out = str(region.parent / "out")
    command = ["calibrate", "--region", str(region), "--scale", "0.1", "--runs", "1", "--jobs", "1", "--out", out]
    return main([*command, "--quiet", "--draws", "0", *options])


def test_the_command_writes_installs_and_resumes(region, capsys):
    out = region.parent / "out"
    assert run(region, "--trials", "2", "--install") == DONE
    names = {path.name for path in out.iterdir()}
    assert {"calibration.toml", "calibration.json", "search.journal", "trials.csv", "figures"} <= names
    fitted = tomllib.loads((region / "calibration.toml").read_text(encoding="utf-8"))["parameters"]["labour"]
    assert simulation.load_scenario("baseline", region=region).parameters["labour"].quit_rate == fitted["quit_rate"]
    assert run(region, "--trials", "2") == BAD_INPUT
    assert "go on with --resume, or replace it with --force" in capsys.readouterr().err
    assert run(region, "--trials", "2", "--resume", "--scale", "0.2") == BAD_INPUT
    assert "changed since: --scale" in capsys.readouterr().err
    targets = (region / "targets.toml").read_text(encoding="utf-8")
    (region / "targets.toml").write_text(targets.replace("high = 0.2", "high = 0.19"), encoding="utf-8")
    assert run(region, "--trials", "2", "--resume") == BAD_INPUT
    assert "changed since: targets.toml; start anew with --force" in capsys.readouterr().err
    (region / "targets.toml").write_text(targets, encoding="utf-8")
    assert run(region, "--trials", "2", "--resume") == DONE


def test_the_command_tells_how_to_go_on_when_interrupted(region, capsys, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(ModelRuns, "__call__", interrupted)
    assert run(region, "--trials", "2") == INTERRUPTED
    told = capsys.readouterr().err
    assert "what is done is kept; go on with: yanzhen calibrate --out" in told
    assert "--resume" in told


def test_the_command_refuses_what_would_be_lost_or_cannot_be_done(region, capsys):
    assert main(["calibrate", "--region", "testbed", "--out", str(region.parent / "out")]) == BAD_INPUT
    assert "testbed has no targets.toml" in capsys.readouterr().err
    assert run(region, "--resume") == BAD_INPUT
    assert "holds no calibration to go on with" in capsys.readouterr().err
    Path(region.parent / "out").mkdir()
    (region.parent / "out" / "letter.txt").write_text("dear", encoding="utf-8")
    assert run(region) == BAD_INPUT
    assert "holds files that are not a calibration" in capsys.readouterr().err

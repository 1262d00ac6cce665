"""Result folders that stopped half-way: what is kept, what is found out, and what is made again."""

import errno
import json
import shutil
import sqlite3
from contextlib import closing

import fake_district
import pandas as pd
import pytest
import short_runs

from experiments import engine, journal, progress, resuming, store, sweeps
from experiments.folders import ResultFolderError
from experiments.journal import Journal
from experiments.store import ReplicateError, ResultFolder

RUNS = 10


@pytest.fixture
def plan(in_this_process, monkeypatch):
    """A plan of short runs, made in this process, in parts of four."""
    monkeypatch.setattr(store, "RUNS_PER_PART", 4)
    monkeypatch.setenv(short_runs.SECONDS, "0")
    return short_runs.ShortPlan(RUNS)


def made(plan, path, *, stop_after=None, order=None, status="done"):
    """Make runs of a plan in this process; leave the folder as it is after so many, as a kill would."""
    folder = short_runs.folder_for(plan, path)
    setting = engine.Setting(plan.bases, short_runs.run)
    runs = list(plan.replications(folder.done))
    runs = runs if order is None else [runs[place] for place in order]
    for number, run in enumerate(runs):
        if number == stop_after:
            folder.close()
            return folder
        folder.hand_out(run.position)
        folder.add(setting.make(run))
    folder.finish(status)
    return folder


def rows(path):
    return ResultFolder.open(path).outcomes()


@pytest.mark.parametrize("order", [None, [9, 1, 0, 8, 2, 7, 3, 6, 4, 5]])
@pytest.mark.parametrize("stop_after", [0, 1, 5, 9])
def test_a_killed_experiment_ends_as_if_it_had_not_been(plan, tmp_path, stop_after, order):
    made(plan, tmp_path / "whole")
    made(plan, tmp_path / "killed", stop_after=stop_after, order=order)
    before = len(rows(tmp_path / "killed"))
    assert before == 12 * stop_after
    made(plan, tmp_path / "killed")
    pd.testing.assert_frame_equal(rows(tmp_path / "killed"), rows(tmp_path / "whole"))
    parts = [json.loads((tmp_path / name / "manifest.json").read_text())["parts"] for name in ("whole", "killed")]
    assert parts[0] == parts[1]
    assert not (tmp_path / "killed" / journal.NAME).exists()


def test_an_interrupted_part_is_filled_up_in_its_order(plan, tmp_path):
    made(plan, tmp_path / "whole")
    folder = short_runs.folder_for(plan, tmp_path / "stopped")
    setting = engine.Setting(plan.bases, short_runs.run)
    for run in [*plan.replications()][1:7:2]:
        folder.add(setting.make(run))
    folder.finish("interrupted")
    assert pd.read_parquet(tmp_path / "stopped" / "outcomes")["seed"].unique().tolist() == [1, 3, 5]
    made(plan, tmp_path / "stopped")
    pd.testing.assert_frame_equal(rows(tmp_path / "stopped"), rows(tmp_path / "whole"))


def test_results_can_be_read_while_they_are_written(plan, tmp_path):
    folder = short_runs.folder_for(plan, tmp_path / "r")
    setting = engine.Setting(plan.bases, short_runs.run)
    for run in [*plan.replications()][:6]:
        folder.hand_out(run.position)
        folder.add(setting.make(run))
    assert pd.read_parquet(tmp_path / "r" / "outcomes")["seed"].unique().tolist() == [0, 1, 2, 3]
    assert rows(tmp_path / "r")["seed"].unique().tolist() == [0, 1, 2, 3, 4, 5]
    state = progress.state_of(tmp_path / "r")
    assert (state["status"], state["done"], state["left"], state["resume"]) == ("running", 6, 4, None)
    folder.close()
    state = progress.state_of(tmp_path / "r")
    assert state["status"] == "stopped"
    assert state["resume"] == f"yanzhen resume {tmp_path / 'r'}"


def test_two_coordinators_on_one_folder_are_told_apart(plan, tmp_path):
    folder = short_runs.folder_for(plan, tmp_path / "r")
    for again in (ResultFolder.take_up, lambda path: short_runs.folder_for(plan, path)):
        with pytest.raises(ResultFolderError, match=r"process \d+ on .* is writing results here"):
            again(tmp_path / "r")
    folder.close()
    ResultFolder.take_up(tmp_path / "r").close()


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (lambda part: part.unlink(), "is missing"),
        (lambda part: part.write_bytes(part.read_bytes()[:-100]), "is damaged: cut short"),
        (lambda part: part.write_bytes(part.read_bytes().replace(b"risk_pool", b"risk_fool")), "is damaged"),
    ],
)
@pytest.mark.parametrize("finished", [False, True])
def test_a_part_that_is_lost_or_damaged_is_named_and_its_runs_made_again_by_force(
    plan, tmp_path, harm, told, finished
):
    made(plan, tmp_path / "whole")
    made(plan, tmp_path / "r", stop_after=None if finished else 9)
    part = tmp_path / "r" / "outcomes" / "part-00001.parquet"
    harm(part)
    with pytest.raises(ResultFolderError, match=f"part-00001.parquet: {told}"):
        rows(tmp_path / "r")
    assert any(told in line for line in progress.state_of(tmp_path / "r")["damage"])
    with pytest.raises(ResultFolderError, match=f"part-00001.parquet {told}.*--force"):
        ResultFolder.take_up(tmp_path / "r")
    folder = ResultFolder.take_up(tmp_path / "r", force=True)
    assert sorted(set(range(RUNS)) - folder.done) == [4, 5, 6, 7, *([] if finished else [9])]
    folder.close()
    made(plan, tmp_path / "r")
    pd.testing.assert_frame_equal(rows(tmp_path / "r"), rows(tmp_path / "whole"))


def test_a_lost_or_damaged_journal_is_named(plan, tmp_path):
    made(plan, tmp_path / "r", stop_after=6)
    shutil.copytree(tmp_path / "r", tmp_path / "other")
    (tmp_path / "r" / journal.NAME).write_bytes(b"not a database at all, but long enough to look at" * 100)
    with pytest.raises(ResultFolderError, match=r"journal.sqlite is damaged.*--force"):
        ResultFolder.take_up(tmp_path / "r")
    folder = ResultFolder.take_up(tmp_path / "r", force=True)
    assert folder.done <= {0, 1, 2, 3}
    folder.close()
    Journal.remove(tmp_path / "other")
    folder = ResultFolder.take_up(tmp_path / "other", force=True)
    assert folder.done <= {0, 1, 2, 3}
    folder.close()


def test_a_full_disk_is_told_with_the_way_on_and_nothing_is_lost(plan, tmp_path, monkeypatch):
    whole = made(plan, tmp_path / "whole").path

    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(store.pa.parquet, "write_table", full)
        with pytest.raises(ResultFolderError, match=r"no space left.*yanzhen resume"):
            sweeps.make(plan, short_runs.folder_for(plan, tmp_path / "r"), jobs=1, run=short_runs.run)
    assert progress.state_of(tmp_path / "r")["done"] >= 4
    made(plan, tmp_path / "r")
    pd.testing.assert_frame_equal(rows(tmp_path / "r"), rows(whole))


def test_a_full_journal_is_told_too(plan, tmp_path):
    folder = short_runs.folder_for(plan, tmp_path / "r")
    setting = engine.Setting(plan.bases, short_runs.run)
    folder._journal._file.execute("PRAGMA max_page_count = 1")
    with pytest.raises(ResultFolderError, match=r"database or disk is full.*yanzhen resume"):  # noqa: PT012
        for run in plan.replications():
            folder.add(setting.make(run))
    folder.close()
    made(plan, tmp_path / "r")
    assert len(rows(tmp_path / "r")) == 12 * RUNS


def test_replicates_that_do_not_differ_are_refused(scenarios, tmp_path):
    folder = ResultFolder.create(
        tmp_path / "r", command=["x"], scenarios=scenarios, seeds=[0, 1], design={"kind": "compare"}
    )
    setting = engine.Setting(list(scenarios.values()), fake_district.run_without_seed)
    first, second, third, *_ = engine.replications_of(len(scenarios), [0, 1])
    for run in (first, second, third):
        folder.add(setting.make(run))
    with pytest.raises(ReplicateError, match="baseline: seeds 0 and 1 give the very same outcomes"):
        folder.add(setting.make(engine.replications_of(len(scenarios), [0, 1])[3]))
    folder.close()


def test_a_failed_run_is_listed_with_factors_and_traceback_and_made_again_on_demand(plan, tmp_path):
    folder = short_runs.folder_for(plan, tmp_path / "r")
    setting = engine.Setting(plan.bases, short_runs.run)
    broken = engine.Setting(plan.bases, fake_district.always_fail)
    for run in plan.replications():
        folder.add((broken if run.position == 5 else setting).make(run))
    assert folder.finish("done") == "failed"
    [entry] = [run for run in ResultFolder.open(tmp_path / "r").manifest["runs"] if run["status"] == "failed"]
    assert (entry["scenario"], entry["seed"], entry["factors"]) == (
        "risk_pool", 5, {"policies.risk_pool.loss_share": 0.5},
    )  # fmt: skip
    assert entry["error"] == "ValueError: no district"
    assert "in always_fail" in entry["traceback"]
    made(plan, tmp_path / "whole")
    again = ResultFolder.take_up(tmp_path / "r")
    assert again.forget_failed() == 1
    again.close()
    made(plan, tmp_path / "r")
    pd.testing.assert_frame_equal(rows(tmp_path / "r"), rows(tmp_path / "whole"))


def test_what_differs_from_the_beginning_is_named(plan, tmp_path, monkeypatch):
    manifest = made(plan, tmp_path / "r").manifest
    assert resuming.differences(manifest, plan.bases) == []
    older = {**manifest, "packages": {**manifest["packages"], "numpy": "1.0"}, "model_sha256": "0", "commit": "abc"}
    assert resuming.differences(older, plan.bases) == [
        f"was made with numpy 1.0, here is {manifest['packages']['numpy']}",
        "the model's source code has changed since (it was made at commit abc)",
    ]
    changed = fake_district.FakeScenario("risk_pool", plan.bases[0].title, 0.25)
    assert resuming.differences(manifest, [changed]) == ["scenario risk_pool: strength was 1.0, is 0.25"]


def test_the_journal_can_be_read_by_anybody(plan, tmp_path):
    made(plan, tmp_path / "r", stop_after=6)
    with closing(sqlite3.connect(tmp_path / "r" / journal.NAME)) as file:
        assert file.execute("SELECT count(*) FROM runs WHERE status = 'done'").fetchone() == (6,)
        assert file.execute("SELECT count(*) FROM runs WHERE outcomes IS NOT NULL").fetchone() == (2,)

import json

import fake_district
import pandas as pd
import pyarrow.dataset
import pytest

from experiments import store
from experiments.comparison import replicate
from experiments.folders import ResultFolderError
from experiments.store import ResultFolder


def written(scenarios, path, **options):
    options = {"run": fake_district.run, "jobs": 1, **options}
    return replicate(scenarios, "baseline", range(3), out=path, **options)


def test_outcomes_have_one_row_per_run_and_quarter_in_design_order(scenarios, tmp_path):
    written(scenarios, tmp_path / "r")
    rows = ResultFolder.open(tmp_path / "r").outcomes()
    assert list(rows.columns[:5]) == ["run_id", "scenario", "seed", "quarter", "date"]
    assert len(rows) == 3 * 3 * 12
    assert rows["quarter"].min() == 8
    assert rows.loc[0, "date"] == "2023Q1"
    assert rows["seed"].is_monotonic_increasing


def test_files_are_the_same_for_any_number_of_workers(scenarios, tmp_path):
    slow = fake_district.run_slowly_for_early_seeds
    written(scenarios, tmp_path / "one", jobs=1, run=slow, micro=["firms"])
    written(scenarios, tmp_path / "two", jobs=2, run=slow, micro=["firms"])
    one, two = (json.loads((tmp_path / name / "manifest.json").read_text()) for name in ("one", "two"))
    assert one["parts"] == two["parts"]
    assert "effects.parquet" in one["parts"]
    assert sum(name.startswith("micro/firms/") for name in one["parts"]) == 9


def test_parts_are_sealed_by_the_hundred(scenarios, tmp_path, monkeypatch):
    monkeypatch.setattr(store, "RUNS_PER_PART", 4)
    study = written(scenarios, tmp_path / "r")
    parts = sorted((tmp_path / "r" / "outcomes").iterdir())
    assert [part.name for part in parts] == ["part-00000.parquet", "part-00001.parquet", "part-00002.parquet"]
    pd.testing.assert_frame_equal(ResultFolder.open(tmp_path / "r").outcomes(), study.outcomes)


def test_arrow_reads_all_parts_as_one_table_without_us(scenarios, tmp_path):
    written(scenarios, tmp_path / "r", micro=["firms"])
    rows = pyarrow.dataset.dataset(tmp_path / "r" / "micro" / "firms").to_table().to_pandas()
    assert list(rows.columns) == ["run_id", "scenario", "seed", "quarter", "key", "sales"]
    assert rows["scenario"].value_counts().to_dict() == {"risk_pool": 216, "baseline": 180, "rd_subsidy": 180}


def test_manifest_tells_how_the_results_came_about(scenarios, tmp_path):
    written(scenarios, tmp_path / "r", run=fake_district.run_or_fail)
    manifest = json.loads((tmp_path / "r" / "manifest.json").read_text())
    assert manifest["status"] == "failed"
    assert manifest["seeds"] == [0, 1, 2]
    assert manifest["scenarios"]["risk_pool"]["sha256"] == scenarios["risk_pool"].digest
    assert manifest["scenarios"]["risk_pool"]["resolved"] == {"name": "risk_pool", "strength": 1.0}
    assert manifest["packages"]["numpy"]
    failed = [entry for entry in manifest["runs"] if entry["status"] == "failed"]
    assert [(entry["scenario"], entry["seed"]) for entry in failed] == [("risk_pool", 1)]
    assert len(manifest["runs"]) == 9


def test_interrupted_runs_are_kept(scenarios, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        written(scenarios, tmp_path / "r", run=fake_district.interrupted)
    folder = ResultFolder.open(tmp_path / "r")
    assert folder.manifest["status"] == "interrupted"
    assert folder.outcomes()["seed"].unique().tolist() == [0, 1]


def test_finished_results_are_replaced_only_by_force(scenarios, tmp_path):
    written(scenarios, tmp_path / "r")
    before = (tmp_path / "r" / "manifest.json").read_text()
    with pytest.raises(ResultFolderError, match="already holds 9 runs"):
        written(scenarios, tmp_path / "r")
    assert (tmp_path / "r" / "manifest.json").read_text() == before
    written({"baseline": scenarios["baseline"]}, tmp_path / "r", force=True)
    assert len(ResultFolder.open(tmp_path / "r").outcomes()) == 3 * 12


def test_files_of_others_are_never_removed(scenarios, tmp_path):
    (tmp_path / "thesis.docx").write_text("years of work")
    with pytest.raises(ResultFolderError, match="not results"):
        written(scenarios, tmp_path, force=True)
    assert (tmp_path / "thesis.docx").exists()


@pytest.mark.parametrize("below", ["", "deep/er"])
def test_a_file_in_the_way_is_told_in_one_line(scenarios, tmp_path, below):
    (tmp_path / "r").write_text("")
    with pytest.raises(ResultFolderError) as fault:
        written(scenarios, tmp_path / "r" / below)
    assert str(fault.value).count("\n") == 0
    assert "is a file" in str(fault.value)


def test_a_folder_without_manifest_is_not_a_result_folder(tmp_path):
    with pytest.raises(ResultFolderError, match="not a result folder"):
        ResultFolder.open(tmp_path)

"""The result folder: a manifest, and tables in parquet that pandas, DuckDB and R read without us."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from experiments.engine import FinishedRun
from simulation.errors import YanzhenError

RUNS_PER_PART = 100
PACKAGES = (
    "yanzhen",
    "mesa",
    "numpy",
    "scipy",
    "pandas",
    "pyarrow",
    "pydantic",
    "networkx",
    "seaborn",
    "matplotlib",
)
OWN_ENTRIES = (
    "manifest.json",
    "outcomes",
    "micro",
    "effects.parquet",
    "evidence.parquet",
    "evidence.csv",
    "evidence.json",
    "timing.parquet",
    "journal.sqlite",
    "figures",
    "report.html",
    "statistics.parquet",
    "scorecard.parquet",
    "scorecard.csv",
)
"""What a result folder may hold; nothing else is ever removed."""


class ResultFolderError(YanzhenError):
    """A result folder cannot be written or read."""


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _commit() -> str | None:
    """Return the git commit of this checkout, marked when files differ from it; None when installed."""
    root = Path(__file__).resolve().parents[1]
    if not (root / ".git").exists():
        return None
    command = ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        answer = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return answer.stdout.strip() or None


def _versions() -> dict[str, str]:
    versions = {}
    for name in PACKAGES:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return versions


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


class ResultFolder:
    """One experiment on disk, written while its runs finish.

    Runs are sealed into parts in the order of the design, so that the files do not depend on the number
    of workers. A part appears whole, by renaming.

    Parameters
    ----------
    path : the folder
    manifest : what is known about the experiment; see `ResultFolder.create`
    """

    def __init__(self, path: Path, manifest: dict[str, Any]) -> None:
        self.path, self.manifest = path, manifest
        self._waiting: dict[int, FinishedRun] = {}
        self._sealed = 0

    @classmethod
    def create(
        cls,
        path: Path | str,
        *,
        command: Sequence[str],
        scenarios: Mapping[str, Any],
        seeds: Sequence[int],
        design: Mapping[str, Any],
        plugins: Sequence[str] = (),
        force: bool = False,
    ) -> ResultFolder:
        """Start a result folder and write its manifest.

        Parameters
        ----------
        path : folder to make; its parents are made too
        command : what was typed
        scenarios : loaded scenarios by name
        seeds : seeds of the replications
        design : kind of the experiment and its settings
        plugins : files of the user, recorded with their hash
        force : replace the results that the folder holds

        Raises
        ------
        ResultFolderError
            If it holds results and `force` is off, holds other files, or cannot be written.
        """
        path = Path(path)
        check_writable(path, force=force)
        manifest = {
            "status": "running",
            "command": list(command),
            "design": dict(design),
            "seeds": [int(seed) for seed in seeds],
            "scenarios": {
                name: {
                    "sha256": scenario.digest,
                    "title": {"en": scenario.title.en, "zh": scenario.title.zh},
                    "resolved": scenario.resolved(),
                }
                for name, scenario in scenarios.items()
            },
            "plugins": [{"path": str(file), "sha256": _hash(Path(file))} for file in plugins],
            "packages": _versions(),
            "python": platform.python_version(),
            "platform": platform.platform(),
            "processor": platform.machine(),
            "commit": _commit(),
            "started": _now(),
            "finished": None,
            "runs": [],
            "parts": {},
        }
        try:
            path.mkdir(parents=True, exist_ok=True)
            for entry in OWN_ENTRIES:
                own = path / entry
                if own.is_dir() and not own.is_symlink():
                    shutil.rmtree(own)
                else:
                    own.unlink(missing_ok=True)
            folder = cls(path, manifest)
            folder._write_manifest()
        except OSError as fault:
            raise _unwritable(path, fault) from fault
        return folder

    @classmethod
    def open(cls, path: Path | str) -> ResultFolder:
        """Open a result folder for reading.

        Raises
        ------
        ResultFolderError
            If there is no readable manifest.
        """
        path = Path(path)
        try:
            return cls(path, json.loads((path / "manifest.json").read_text(encoding="utf-8")))
        except (OSError, ValueError) as fault:
            raise ResultFolderError(f"{path}: not a result folder (no readable manifest.json)") from fault

    def add(self, run: FinishedRun) -> None:
        """Note a finished run, and seal a part when the next hundred runs are complete."""
        entry = {
            "run_id": run.run_id,
            "scenario": run.scenario,
            "seed": run.seed,
            "seconds": round(run.seconds, 3),
        }
        entry["status"] = "done" if run.error is None else "failed"
        if run.error is not None:
            entry["error"] = run.error
        self.manifest["runs"].append((run.position, entry))
        self._waiting[run.position] = run
        if run.result is not None:
            for table, rows in run.result.micro.items():
                self._write_part(f"micro/{table}", run.position, [_with_identity(run, rows)])
        due = range(self._sealed * RUNS_PER_PART, (self._sealed + 1) * RUNS_PER_PART)
        if all(position in self._waiting for position in due):
            self._seal(due)

    def finish(self, status: str) -> None:
        """Seal what is left and close the manifest.

        Parameters
        ----------
        status : "done", "failed" (some runs failed) or "interrupted"
        """
        while self._waiting:
            first = min(self._waiting) // RUNS_PER_PART
            self._sealed = first
            self._seal(range(first * RUNS_PER_PART, (first + 1) * RUNS_PER_PART))
        self.manifest["status"] = status
        self.manifest["finished"] = _now()
        self._write_manifest()

    def write_effects(self, effects: pd.DataFrame) -> None:
        """Write the paired effects, and their hash into the manifest."""
        self.write_table("effects.parquet", effects)

    def write_table(self, name: str, rows: pd.DataFrame) -> None:
        """Write a table of the whole study, and its hash into the manifest."""
        self._write_table(name, rows)
        self._write_manifest()

    def write_evidence(self, claims: pd.DataFrame) -> None:
        """Write the table of claims as parquet, CSV and JSON."""
        self._write_table("evidence.parquet", claims)
        try:
            claims.to_csv(self.path / "evidence.csv", index=False)
            claims.to_json(self.path / "evidence.json", orient="records", force_ascii=False, indent=1)
        except OSError as fault:
            raise _unwritable(self.path, fault) from fault
        self._write_manifest()

    def outcomes(self) -> pd.DataFrame:
        """Return the outcomes of all finished runs: one row per run and quarter."""
        files = sorted((self.path / "outcomes").glob("part-*.parquet"))
        return pd.concat([pd.read_parquet(file) for file in files], ignore_index=True)

    def effects(self) -> pd.DataFrame:
        """Return the paired effects."""
        return pd.read_parquet(self.path / "effects.parquet")

    def _seal(self, positions: range) -> None:
        runs = [self._waiting.pop(position) for position in positions if position in self._waiting]
        rows = [_with_identity(run, run.result.outcomes.reset_index()) for run in runs if run.result is not None]
        if rows:
            self._write_part("outcomes", self._sealed, rows)
        self._sealed += 1
        self._write_manifest()

    def _write_part(self, table: str, number: int, frames: Sequence[pd.DataFrame]) -> None:
        frames = [frame for frame in frames if len(frame)]
        if frames:
            rows = frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True)
            self._write_table(f"{table}/part-{number:05d}.parquet", rows)

    def _write_table(self, name: str, rows: pd.DataFrame) -> None:
        target = self.path / name
        partial = target.with_suffix(".partial")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            rows.to_parquet(partial, compression="zstd", index=False)
            os.replace(partial, target)
        except OSError as fault:
            raise _unwritable(target, fault) from fault
        self.manifest["parts"][name] = _hash(target)

    def _write_manifest(self) -> None:
        runs = [entry for _, entry in sorted(self.manifest["runs"], key=lambda item: item[0])]
        content = {**self.manifest, "runs": runs, "parts": dict(sorted(self.manifest["parts"].items()))}
        partial = self.path / "manifest.json.partial"
        text = json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False, default=_plain)
        try:
            partial.write_text(text + "\n", encoding="utf-8")
            os.replace(partial, self.path / "manifest.json")
        except OSError as fault:
            raise _unwritable(self.path, fault) from fault


def _with_identity(run: FinishedRun, rows: pd.DataFrame) -> pd.DataFrame:
    identity = pd.DataFrame(
        {"run_id": run.run_id, "scenario": run.scenario, "seed": run.seed}, index=pd.RangeIndex(len(rows))
    )
    return pd.concat([identity, rows.reset_index(drop=True)], axis="columns")


def _plain(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    return str(value)


def _unwritable(path: Path, fault: OSError) -> ResultFolderError:
    reason = (fault.strerror or str(fault)).lower()
    return ResultFolderError(f"{path}: cannot write results here ({reason}); choose another folder with --out")


def check_writable(path: Path | str, *, force: bool = False) -> None:
    """Check, before any run, that results may be written to a folder.

    Parameters
    ----------
    path : folder that is to hold the results
    force : results in it may be replaced

    Raises
    ------
    ResultFolderError
        If it holds results and `force` is off, holds files that are not ours, or cannot be written.
    """
    path = Path(path)
    place = path
    while not place.exists() and place != place.parent:
        place = place.parent
    if not place.is_dir():
        raise ResultFolderError(f"{place}: is a file, not a folder; choose another folder with --out")
    if not os.access(place, os.W_OK | os.X_OK):
        raise ResultFolderError(f"{place}: no permission to write here; choose another folder with --out")
    if place != path or not any(path.iterdir()):
        return
    try:
        manifest = json.loads((path / "manifest.json").read_text(encoding="utf-8"))
        done = sum(entry["status"] == "done" for entry in manifest["runs"])
        status = str(manifest["status"])
    except (OSError, ValueError, KeyError, TypeError):
        raise ResultFolderError(
            f"{path}: holds files that are not results; choose an empty folder with --out"
        ) from None
    if done and not force:
        raise ResultFolderError(
            f"{path}: already holds {done} runs ({status}); replace them with --force, "
            "or choose another folder with --out"
        )


def command_line() -> list[str]:
    """Return what was typed to start this process."""
    return [Path(sys.argv[0]).name, *sys.argv[1:]]

"""The result folder: a manifest, and tables in parquet that pandas, DuckDB and R read without us."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet
from filelock import FileLock, Timeout

from experiments import journal
from experiments.engine import FinishedRun
from experiments.folders import (
    LOCK,
    OWN_ENTRIES,
    ResultFolderError,
    clear,
    known_manifest,
    manifest_of,
    unwritable,
    write_table,
)
from experiments.holdings import check_writable
from experiments.journal import Journal
from experiments.parts import as_stream, damage_of, from_stream, part_name, sha256_of, together, with_identity
from experiments.provenance import commit, environment, now
from simulation.errors import Problem, YanzhenError

RUNS_PER_PART = 100
MANIFEST_SECONDS = 2.0
"""Shortest time between two renewals of the manifest while runs finish; the journal has what it lacks."""


class ReplicateError(YanzhenError):
    """Replicates of a scenario do not differ, so that their number means nothing."""


class ResultFolder:
    """One experiment on disk, written while its runs finish.

    A finished run goes to the journal, and is sealed with its neighbours in the design into a part, so that the files
    do not depend on the number of workers. A part appears whole, by renaming.

    Parameters
    ----------
    path : the folder
    manifest : what is known about the experiment; see `ResultFolder.create`
    """

    def __init__(self, path: Path, manifest: dict[str, Any]) -> None:
        self.path, self.manifest = path, manifest
        self._journal: Journal | None = None
        self._lock: FileLock | None = None
        self._open_in_part: dict[int, int] = {}
        self._written = 0.0

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
        total: int | None = None,
        experiment: Mapping[str, Any] | None = None,
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
        total : how many runs there will be; by default each scenario with each seed
        experiment : the declaration, from which the experiment can be taken up again

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
            "experiment": None if experiment is None else dict(experiment),
            "plugins": [{"path": str(file), "sha256": sha256_of(Path(file))} for file in plugins],
            **environment(),
            "commit": commit(),
            "started": now(),
            "finished": None,
            "total": len(seeds) * len(scenarios) if total is None else total,
            "runs_per_part": RUNS_PER_PART,
            "runs": [],
            "parts": {},
        }
        folder = cls(path, manifest)
        try:
            path.mkdir(parents=True, exist_ok=True)
            folder._take()
            clear(path, OWN_ENTRIES)
            folder._begin()
        except OSError as fault:
            raise unwritable(path, fault) from fault
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
        return cls(path, known_manifest(path))

    @classmethod
    def take_up(cls, path: Path | str, *, force: bool = False) -> ResultFolder:
        """Open a result folder for going on where its experiment stopped.

        Parameters
        ----------
        path : the folder
        force : forget the runs of files that are missing or damaged, which are then made again

        Raises
        ------
        ResultFolderError
            If it is no result folder, somebody is writing it, or a file is missing or damaged and `force` is off.
        """
        folder = cls.open(path)
        folder._take()
        try:
            folder._restore(force=force)
        except BaseException:
            folder.close()
            raise
        return folder

    def _take(self) -> None:
        """Make this process the only one that writes here."""
        lock = FileLock(self.path / LOCK, timeout=0)
        try:
            lock.acquire()
        except Timeout:
            writer = manifest_of(self.path).get("writer") or {}
            who = f"process {writer.get('process')} on {writer.get('host')}" if writer else "another process"
            raise ResultFolderError(
                f"{self.path}: {who} is writing results here; wait for it, or choose another folder with --out"
            ) from None
        self._lock = lock
        self.manifest["writer"] = {"process": os.getpid(), "host": socket.gethostname()}

    def _begin(self) -> None:
        self._write_manifest()
        self._journal = self._open_journal()
        self._count_open()

    def _open_journal(self) -> Journal:
        try:
            return Journal(self.path)
        except sqlite3.Error as fault:
            raise ResultFolderError(f"{self.path / journal.NAME}: cannot be opened ({fault})") from fault

    def _restore(self, *, force: bool) -> None:
        """Bring the journal back to what the folder really holds."""
        for leftover in self.path.rglob("*.partial*"):
            leftover.unlink(missing_ok=True)
        kept = Journal.exists(self.path)
        if kept:
            try:
                with Journal(self.path, read_only=True) as book:
                    whole = book.intact()
            except sqlite3.Error:
                whole = False
            if not whole:
                self._refuse_unless(force, [f"{journal.NAME} is damaged"])
                Journal.remove(self.path)
                kept = False
        self._journal = book = self._open_journal()
        if not kept:
            for entry in self.manifest["runs"]:
                record = {"point": entry.get("point"), "print_": None, "outcomes": None}
                book.record(entry["position"], entry, **record)
            for name, digest in self.manifest["parts"].items():
                book.add_part(name, digest)
        book.nothing_in_hand()
        damaged = damage_of(self.path, book.parts())
        lost = self._without_rows(book, damaged)
        if damaged or lost:
            told = [f"{name} {fault}" for name, fault in damaged.items()]
            if lost and not damaged:
                told = [f"the rows of {len(lost)} finished runs are missing ({journal.NAME} was removed?)"]
            self._refuse_unless(force, told)
            book.forget(lost, damaged)
        for name in self.manifest["parts"].keys() - book.parts().keys():
            (self.path / name).unlink(missing_ok=True)
        self.manifest["status"], self.manifest["finished"] = "running", None
        self._count_open()
        self._write_manifest()

    def _refuse_unless(self, force: bool, faults: Sequence[str]) -> None:
        if not force:
            problems = [Problem(f"{fault}; --force makes its runs again", self.path) for fault in faults]
            raise ResultFolderError("\n".join(map(str, problems)))

    def _without_rows(self, book: Journal, damaged: Mapping[str, str]) -> list[int]:
        """Return the positions of finished runs whose rows are neither in the journal nor in a sound part."""
        size, parts = self.manifest.get("runs_per_part", RUNS_PER_PART), book.parts()
        sound = {name for name in parts if name not in damaged}
        unsealed = set(book.unsealed())
        micro = {int(Path(name).stem.removeprefix("part-")) for name in damaged if name.startswith("micro/")}
        lost = []
        for entry in book.entries():
            position = entry["position"]
            rows_kept = position in unsealed or part_name("outcomes", position // size) in sound
            if entry["status"] == "done" and (not rows_kept or position in micro):
                lost.append(position)
        return lost

    def _count_open(self) -> None:
        """Count, for each part, the runs that are not over yet."""
        assert self._journal is not None
        size, total = self.manifest["runs_per_part"], self.manifest["total"]
        self._open_in_part = {
            part: min(size, total - part * size) for part in range(-(-total // size))
        }
        for position in self._journal.positions():
            self._open_in_part[position // size] -= 1

    @property
    def done(self) -> set[int]:
        """Positions of the runs that are over, while the folder is being written."""
        assert self._journal is not None
        return self._journal.positions()

    def grow(self, seeds: Sequence[int], total: int, design: Mapping[str, Any]) -> None:
        """Make room for more seeds of the same experiment, after those that it has.

        Parameters
        ----------
        seeds : all of them
        total : how many runs there are then
        design : what the manifest says of the design besides
        """
        self.manifest["seeds"], self.manifest["total"] = [int(seed) for seed in seeds], total
        self.manifest["design"] = {**self.manifest["design"], **design}
        self._count_open()
        self._write_manifest()

    def note(self, **values: Any) -> None:
        """Write further facts about the design into the manifest."""
        self.manifest["design"] = {**self.manifest["design"], **values}
        self._write_manifest()

    def forget_failed(self) -> int:
        """Forget the runs that failed, so that they are made again; return how many they were."""
        assert self._journal is not None
        failed = [entry["position"] for entry in self._journal.entries() if entry["status"] == "failed"]
        self._journal.forget(failed)
        self._count_open()
        return len(failed)

    def hand_out(self, position: int) -> None:
        """Note that a run is in hand."""
        if self._journal is not None:
            self._journal.hand_out(position)

    def add(self, run: FinishedRun) -> None:
        """Keep a finished run, and seal a part when its runs are complete.

        Raises
        ------
        ReplicateError
            If another seed has given the very same outcomes.
        ResultFolderError
            If it cannot be written; all runs before it are kept.
        """
        assert self._journal is not None
        self._check_replicate(run)
        try:
            self._record(run)
            part = run.position // self.manifest["runs_per_part"]
            self._open_in_part[part] -= 1
            if not self._open_in_part[part]:
                self._seal(part)
                if _seconds() - self._written > MANIFEST_SECONDS:
                    self._write_manifest()
        except (OSError, sqlite3.Error, pa.ArrowException) as fault:
            raise unwritable(self.path, fault) from fault

    def _check_replicate(self, run: FinishedRun) -> None:
        assert self._journal is not None
        if run.fingerprint is None:
            return
        other = self._journal.twin_of(run.fingerprint, run.point, run.seed, run.scenario)
        if other is not None:
            where = run.scenario if run.point is None else f"{run.scenario}, design point {run.point}"
            raise ReplicateError(
                f"{where}: seeds {min(other, run.seed)} and {max(other, run.seed)} give the very same outcomes in "
                "every quarter; such replicates are no replicates (does the seed reach the model?)"
            )

    def _record(self, run: FinishedRun) -> None:
        assert self._journal is not None
        entry: dict[str, Any] = {"position": run.position, "run_id": run.run_id, "scenario": run.scenario}
        entry |= {"seed": run.seed, "seconds": round(run.seconds, 3), "status": "done", "tries": run.tries}
        if run.point is not None:
            entry["point"] = run.point
        rows, parts = None, []
        if run.error is not None:
            told = {"status": "failed", "factors": dict(run.factors), "error": run.error, "traceback": run.traceback}
            entry |= told
        if run.result is not None:
            rows = as_stream(with_identity(run, run.result.outcomes, run.factors))
            for table, frame in run.result.micro.items():
                if len(frame):
                    name = part_name(f"micro/{table}", run.position)
                    parts.append((name, self._write_table(name, with_identity(run, frame))))
        self._journal.record(
            run.position, entry, point=run.point, print_=run.fingerprint, outcomes=rows, parts=parts
        )

    def keep(self, runs: Generator[FinishedRun, None, None]) -> str:
        """Add runs as they are finished, and finish; return the status.

        Parameters
        ----------
        runs : closed when something goes wrong

        Raises
        ------
        KeyboardInterrupt
            Interrupted; what is done is kept.
        ReplicateError, ResultFolderError
            Seeds do not matter, or the folder cannot be written; what is done is kept.
        """
        try:
            for run in runs:
                self.add(run)
        except BaseException:
            runs.close()
            # The first fault counts; what the journal holds stays there if it cannot be sealed now.
            with suppress(ResultFolderError):
                self.finish("interrupted")
            self.close()
            raise
        return self.finish("done")

    def finish(self, status: str) -> str:
        """Seal what is left, close the manifest, and let others write here.

        Parameters
        ----------
        status : "done", "failed" (some runs failed) or "interrupted"

        Returns
        -------
        the status; "failed" also if a run failed before the folder was taken up
        """
        assert self._journal is not None
        try:
            if status == "done" and self._journal.counts().get("failed"):
                status = "failed"
            for part in sorted({position // self.manifest["runs_per_part"] for position in self._journal.unsealed()}):
                self._seal(part)
            self.manifest["status"], self.manifest["finished"] = status, now()
            self.manifest.pop("writer", None)
            self._write_manifest()
            self._journal.close()
            self._journal = None
            Journal.remove(self.path)
        except (OSError, sqlite3.Error, pa.ArrowException) as fault:
            raise unwritable(self.path, fault) from fault
        finally:
            self.close()
        return status

    def close(self) -> None:
        """Let others write here; what is in the journal stays there."""
        if self._journal is not None:
            self._journal.close()
            self._journal = None
        if self._lock is not None:
            with suppress(OSError):
                (self.path / LOCK).unlink(missing_ok=True)
            self._lock.release()
            self._lock = None

    def write_table(self, name: str, rows: pd.DataFrame) -> None:
        """Write a table of results beside the parts, and its hash into the manifest."""
        self.manifest["parts"][name] = self._write_table(name, pa.Table.from_pandas(rows, preserve_index=False))
        self._write_manifest()

    def write_effects(self, effects: pd.DataFrame) -> None:
        """Write the paired effects, and their hash into the manifest."""
        self.write_table("effects.parquet", effects)

    def write_evidence(self, claims: pd.DataFrame) -> None:
        """Write the table of claims as parquet, CSV and JSON."""
        self.write_table("evidence.parquet", claims)
        try:
            claims.to_csv(self.path / "evidence.csv", index=False)
            claims.to_json(self.path / "evidence.json", orient="records", force_ascii=False, indent=1)
        except OSError as fault:
            raise unwritable(self.path, fault) from fault
        self._write_manifest()

    def outcomes(self) -> pd.DataFrame:
        """Return the outcomes of all finished runs: one row per run and quarter.

        Runs that are not sealed yet are read from the journal.

        Raises
        ------
        ResultFolderError
            If a part is missing or damaged.
        """
        if self._journal is None and Journal.exists(self.path):
            with Journal(self.path, read_only=True) as book:
                return self._outcomes(book)
        return self._outcomes(self._journal)

    def _outcomes(self, book: Journal | None) -> pd.DataFrame:
        parts = self.manifest["parts"] if book is None else book.parts()
        damaged = damage_of(self.path, parts)
        if damaged:
            raise ResultFolderError("\n".join(f"{self.path / name}: {fault}" for name, fault in damaged.items()))
        names = sorted(name for name in parts if name.startswith("outcomes/"))
        tables = [pa.parquet.read_table(self.path / name) for name in names]
        if book is not None:
            tables += [from_stream(rows) for _, rows in book.waiting(range(2**62))]
        if not tables:
            return pd.DataFrame()
        return together(tables).to_pandas()

    def effects(self) -> pd.DataFrame:
        """Return the paired effects."""
        return pd.read_parquet(self.path / "effects.parquet")

    def _seal(self, part: int) -> None:
        """Move the rows of a part's finished runs from the journal into the part."""
        assert self._journal is not None
        size = self.manifest["runs_per_part"]
        positions = range(part * size, (part + 1) * size)
        waiting = list(self._journal.waiting(positions))
        if not waiting:
            return
        name = part_name("outcomes", part)
        pieces = [(position, from_stream(rows)) for position, rows in waiting]
        if name in self._journal.parts():
            pieces += self._pieces(name, positions)
        table = together([rows for _, rows in sorted(pieces, key=lambda piece: piece[0])])
        self._journal.sealed(name, self._write_table(name, table), positions)

    def _pieces(self, name: str, positions: range) -> list[tuple[int, pa.Table]]:
        """Return the rows of a part, run by run with the position of each."""
        assert self._journal is not None
        table = pa.parquet.read_table(self.path / name)
        point = table["point"].to_pylist() if "point" in table.column_names else [None] * len(table)
        places = {
            (entry["run_id"], entry.get("point")): entry["position"]
            for entry in self._journal.entries()
            if entry["position"] in positions
        }
        place = [places[key] for key in zip(table["run_id"].to_pylist(), point, strict=True)]
        starts = [row for row, position in enumerate(place) if row == 0 or position != place[row - 1]]
        ends = [*starts[1:], len(place)]
        return [(place[start], table.slice(start, end - start)) for start, end in zip(starts, ends, strict=True)]

    def _write_table(self, name: str, table: pa.Table) -> str:
        """Write a table, whole or not at all, and return its SHA-256."""
        return write_table(self.path / name, table)

    def _write_manifest(self) -> None:
        if self._journal is not None:
            self.manifest["runs"], self.manifest["parts"] = self._journal.entries(), self._journal.parts()
        content = {**self.manifest, "parts": dict(sorted(self.manifest["parts"].items()))}
        partial = self.path / "manifest.json.partial"
        text = json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False, default=_plain)
        try:
            partial.write_text(text + "\n", encoding="utf-8")
            os.replace(partial, self.path / "manifest.json")
        except OSError as fault:
            raise unwritable(self.path, fault) from fault
        self._written = _seconds()


def _seconds() -> float:
    return time.monotonic()


def _plain(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    return str(value)

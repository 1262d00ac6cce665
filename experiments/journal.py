"""The journal of a result folder: what is known about every run, and outcomes that are not sealed yet.

SQLite with a write-ahead log: a run is in it wholly or not at all, whenever the coordinator may be killed.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, Self

NAME = "journal.sqlite"
FILES = (NAME, f"{NAME}-wal", f"{NAME}-shm")

_TABLES = """
CREATE TABLE IF NOT EXISTS runs (
    position INTEGER PRIMARY KEY,
    status   TEXT NOT NULL,
    entry    TEXT NOT NULL,
    point    INTEGER,
    seed     INTEGER NOT NULL,
    print    BLOB,
    outcomes BLOB
);
CREATE INDEX IF NOT EXISTS prints ON runs (print, point);
CREATE TABLE IF NOT EXISTS started (position INTEGER PRIMARY KEY);
CREATE TABLE IF NOT EXISTS parts (name TEXT PRIMARY KEY, sha256 TEXT NOT NULL);
"""


class Journal:
    """Runs that are over, by position in the experiment.

    Parameters
    ----------
    folder : result folder
    read_only : for looking at a folder that somebody else may be writing
    """

    def __init__(self, folder: Path, *, read_only: bool = False) -> None:
        path = folder / NAME
        if read_only:
            self._file = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=10.0)
        else:
            if not path.exists():
                self._make(path)
            self._file = sqlite3.connect(path, timeout=10.0)
            # Commits survive the end of any process; only a failure of power may take the last ones.
            self._file.execute("PRAGMA synchronous=NORMAL")
        self._handed: list[int] = []

    @staticmethod
    def _make(path: Path) -> None:
        """Make an empty journal, which appears with all its tables or not at all."""
        partial = path.with_suffix(".partial")
        partial.unlink(missing_ok=True)
        with closing(sqlite3.connect(partial)) as file:
            file.execute("PRAGMA journal_mode=WAL")
            file.executescript(_TABLES)
        os.replace(partial, path)

    @staticmethod
    def exists(folder: Path) -> bool:
        """Return whether a folder has a journal."""
        return (folder / NAME).exists()

    @staticmethod
    def remove(folder: Path) -> None:
        """Remove the journal of a folder, whose runs are all sealed."""
        for name in FILES:
            (folder / name).unlink(missing_ok=True)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def hand_out(self, position: int) -> None:
        """Note that a run is in hand; written with the next run that is over."""
        self._handed.append(position)

    def record(
        self, position: int, entry: dict[str, Any], *, point: int | None, print_: bytes | None, outcomes: bytes | None,
        parts: Iterable[tuple[str, str]] = (),
    ) -> None:  # fmt: skip
        """Write a run that is over.

        Parameters
        ----------
        position : place of the run in the experiment
        entry : what the manifest says about it
        point : number of its design point
        print_ : fingerprint of its outcomes
        outcomes : its rows as Arrow stream, until they are sealed
        parts : files that belong to this run alone, with their SHA-256
        """
        with self._file as file:
            self._write_handed(file)
            file.execute("DELETE FROM started WHERE position = ?", (position,))
            file.execute(
                "INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    position,
                    entry["status"],
                    json.dumps(entry, ensure_ascii=False),
                    point,
                    entry["seed"],
                    print_,
                    outcomes,
                ),
            )
            file.executemany("INSERT OR REPLACE INTO parts VALUES (?, ?)", parts)

    def _write_handed(self, file: sqlite3.Connection) -> None:
        file.executemany("INSERT OR IGNORE INTO started VALUES (?)", [(position,) for position in self._handed])
        self._handed.clear()

    def flush(self) -> None:
        """Write which runs are in hand."""
        with self._file as file:
            self._write_handed(file)

    def sealed(self, name: str, sha256: str, positions: range) -> None:
        """Note that the rows of runs stand in a part now."""
        with self._file as file:
            file.execute("INSERT OR REPLACE INTO parts VALUES (?, ?)", (name, sha256))
            file.execute(
                "UPDATE runs SET outcomes = NULL WHERE position >= ? AND position < ?",
                (positions.start, positions.stop),
            )

    def add_part(self, name: str, sha256: str) -> None:
        """Note a file of the folder."""
        with self._file as file:
            file.execute("INSERT OR REPLACE INTO parts VALUES (?, ?)", (name, sha256))

    def twin_of(self, print_: bytes, point: int | None, seed: int, scenario: str) -> int | None:
        """Return another seed of the same point and scenario whose outcomes are the same; None if there is none."""
        rows = self._file.execute(
            "SELECT seed, entry FROM runs WHERE print = ? AND point IS ? AND seed != ?", (print_, point, seed)
        )
        return next((int(other) for other, entry in rows if json.loads(entry)["scenario"] == scenario), None)

    def waiting(self, positions: range) -> Iterator[tuple[int, bytes]]:
        """Yield the unsealed rows of runs, in their order."""
        yield from self._file.execute(
            "SELECT position, outcomes FROM runs WHERE position >= ? AND position < ? AND outcomes IS NOT NULL "
            "ORDER BY position",
            (positions.start, positions.stop),
        )

    def unsealed(self) -> list[int]:
        """Return the positions of runs whose rows are in no part yet."""
        rows = self._file.execute("SELECT position FROM runs WHERE outcomes IS NOT NULL ORDER BY position")
        return [position for (position,) in rows]

    def entries(self) -> list[dict[str, Any]]:
        """Return what is known about every run that is over, in their order."""
        return [json.loads(entry) for (entry,) in self._file.execute("SELECT entry FROM runs ORDER BY position")]

    def positions(self) -> set[int]:
        """Return the positions of all runs that are over."""
        return {position for (position,) in self._file.execute("SELECT position FROM runs")}

    def counts(self) -> dict[str, int]:
        """Return how many runs are over, by status."""
        return dict(self._file.execute("SELECT status, count(*) FROM runs GROUP BY status").fetchall())

    def in_hand(self) -> list[int]:
        """Return the positions of runs that were handed to workers and are not over."""
        return [position for (position,) in self._file.execute("SELECT position FROM started ORDER BY position")]

    def nothing_in_hand(self) -> None:
        """Forget which runs were in hand: nobody is making them."""
        with self._file as file:
            file.execute("DELETE FROM started")

    def parts(self) -> dict[str, str]:
        """Return the files of the folder with their SHA-256, by name."""
        return dict(self._file.execute("SELECT name, sha256 FROM parts ORDER BY name").fetchall())

    def forget(self, positions: Iterable[int], parts: Iterable[str] = ()) -> None:
        """Forget runs, which are to be made again, and files."""
        with self._file as file:
            file.executemany("DELETE FROM runs WHERE position = ?", [(position,) for position in positions])
            file.executemany("DELETE FROM parts WHERE name = ?", [(name,) for name in parts])

    def intact(self) -> bool:
        """Return whether the file can be read throughout."""
        with suppress(sqlite3.DatabaseError):
            return bool(self._file.execute("PRAGMA quick_check").fetchone()[0] == "ok")
        return False

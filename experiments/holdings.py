"""What a result folder holds, seen from outside: how far it is, what is damaged, whether it may be written to."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from experiments import journal
from experiments.folders import LOCK, ResultFolderError, is_being_written, known_manifest
from experiments.journal import Journal
from experiments.parts import damage_of


def journal_of(path: Path, manifest: Mapping[str, Any]) -> tuple[list[dict[str, Any]], list[int], dict[str, str]]:
    """Return what is known of the runs that are over, the positions of those in hand, and what is damaged."""
    entries, in_hand, parts = manifest["runs"], [], manifest["parts"]
    damage: dict[str, str] = {}
    if Journal.exists(path):
        try:
            with Journal(path, read_only=True) as book:
                if not book.intact():
                    raise sqlite3.DatabaseError
                entries, in_hand, parts = book.entries(), book.in_hand(), book.parts()
        except sqlite3.Error:
            damage[journal.NAME] = "is damaged"
    return entries, in_hand, {**damage, **damage_of(path, parts)}


def runs_over(path: Path | str) -> dict[str, int]:
    """Return how many runs of a result folder are over, by status, sealed or not.

    Raises
    ------
    ResultFolderError
        If it is not a result folder.
    """
    path = Path(path)
    manifest = known_manifest(path)
    if Journal.exists(path):
        with suppress(sqlite3.Error), Journal(path, read_only=True) as book:
            return book.counts()
    counts: dict[str, int] = {}
    for entry in manifest["runs"]:
        counts[entry["status"]] = counts.get(entry["status"], 0) + 1
    return counts


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
    if place != path or not any(entry.name != LOCK for entry in path.iterdir()):
        return
    try:
        done = runs_over(path).get("done", 0)
        manifest = known_manifest(path)
    except (ResultFolderError, KeyError, TypeError):
        raise ResultFolderError(
            f"{path}: holds files that are not results; choose an empty folder with --out"
        ) from None
    if done and not force:
        status = str(manifest["status"])
        total = manifest.get("total", done)
        if status == "running" and not is_being_written(path):
            status = "stopped"
        go_on = f"go on with yanzhen resume {path}, " if done < total else ""
        of = f" of {total}" if done < total else ""
        raise ResultFolderError(
            f"{path}: already holds {done}{of} runs ({status}); {go_on}replace them with --force, "
            "or choose another folder with --out"
        )

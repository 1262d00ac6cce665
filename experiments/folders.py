"""The files of a result folder: which are ours, who is writing them, and how one is written whole or not at all."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
from filelock import FileLock, Timeout

from experiments import journal
from experiments.parts import sha256_of
from simulation.errors import YanzhenError

LOCK = ".lock"
OWN_ENTRIES = (
    "manifest.json",
    "outcomes",
    "micro",
    "effects.parquet",
    "twins.parquet",
    "gains.parquet",
    "cells.parquet",
    "yuan.parquet",
    "evidence.parquet",
    "evidence.csv",
    "evidence.json",
    "timing.parquet", "horizons.parquet", "costs.parquet",
    *journal.FILES,
    "figures",
    "report.html",
    "brief.docx", "brief.pptx", "brief.xlsx",
    "statistics.parquet",
    "scorecard.parquet",
    "scorecard.csv",
    "reading.md",
    "sensitivity.parquet",
    "synergies.parquet",
    "regret.parquet",
    "boxes.parquet",
    "candidates.parquet",
    "mixes",
)
"""What a result folder may hold; nothing else is ever removed."""


class ResultFolderError(YanzhenError):
    """A result folder cannot be written or read."""


def unwritable(path: Path, fault: Exception) -> ResultFolderError:
    """Return what to tell of a file that could not be written, and what to do next."""
    reason = (getattr(fault, "strerror", None) or str(fault)).lower()
    if "full" in reason or "no space" in reason:
        next_step = "what is done is kept; free some space and go on with yanzhen resume"
    else:
        next_step = "choose another folder with --out"
    return ResultFolderError(f"{path}: cannot write results here ({reason}); {next_step}")


def clear(folder: Path, entries: Sequence[str]) -> None:
    """Remove files and folders from a folder by name, as far as they are there; links go, what they lead to stays."""
    for entry in entries:
        own = folder / entry
        if own.is_dir() and not own.is_symlink():
            shutil.rmtree(own)
        else:
            own.unlink(missing_ok=True)


def manifest_of(path: Path) -> dict[str, Any]:
    """Return the manifest of a folder, empty where there is none that can be read."""
    try:
        manifest = json.loads((path / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return manifest if isinstance(manifest, dict) else {}


def known_manifest(path: Path) -> dict[str, Any]:
    """Return the manifest of a result folder.

    Raises
    ------
    ResultFolderError
        If there is none that can be read.
    """
    manifest = manifest_of(path)
    if not manifest:
        raise ResultFolderError(f"{path}: not a result folder (no readable manifest.json)")
    if not {"status", "runs", "parts"} <= manifest.keys():
        raise ResultFolderError(f"{path}: not a result folder (manifest.json is of something else)")
    return manifest


def is_being_written(path: Path) -> bool:
    """Return whether a process is writing a result folder."""
    if not (path / LOCK).exists():
        return False
    lock = FileLock(path / LOCK, timeout=0)
    try:
        with lock:
            return False
    except Timeout:
        return True
    except OSError:
        return False


def write_table(target: Path, table: pa.Table) -> str:
    """Write a table as parquet, whole or not at all, and return its SHA-256.

    Raises
    ------
    ResultFolderError
        If it cannot be written.
    """
    partial = target.with_suffix(".partial")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("wb") as file:
            pa.parquet.write_table(table, file, compression="zstd")
            file.flush()
            os.fsync(file.fileno())
        digest = sha256_of(partial)
        os.replace(partial, target)
    except OSError as fault:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        raise unwritable(target, fault) from fault
    return digest

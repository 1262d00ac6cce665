"""Parts of a result folder: tables of runs as parquet files and Arrow streams, and what is wrong with them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from experiments.engine import FinishedRun


def part_name(table: str, number: int) -> str:
    """Return the name of a part within its folder."""
    return f"{table}/part-{number:05d}.parquet"


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, as hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def damage_of(path: Path, parts: Mapping[str, str]) -> dict[str, str]:
    """Return what is wrong with files of a folder, by name."""
    faults = {}
    for name, digest in parts.items():
        file = path / name
        if not file.is_file():
            faults[name] = "is missing"
        elif sha256_of(file) != digest:
            faults[name] = "is damaged: cut short or changed since it was written"
    return faults


def with_identity(run: FinishedRun, rows: pd.DataFrame, factors: Mapping[str, Any] | None = None) -> pa.Table:
    """Return rows of a run with what it is before them; quicker than through pandas."""
    size = len(rows)

    def throughout(value: Any) -> pa.Array:
        return pa.array([value] * size)

    columns: dict[str, pa.Array] = {name: throughout(getattr(run, name)) for name in ("run_id", "scenario", "seed")}
    if rows.index.name is not None:
        columns[str(rows.index.name)] = pa.array(rows.index.to_numpy())
    known: dict[str, pa.Array] = {str(name): pa.array(column, from_pandas=True) for name, column in rows.items()}
    if run.point is not None:
        # The varied factors stand before the outcomes.
        columns |= {name: known.pop(name) for name in ("quarter", "date", "key") if name in known}
        columns["point"] = throughout(run.point)
        columns |= {path: throughout(value) for path, value in (factors or {}).items()}
    return pa.table({**columns, **known})


def as_stream(table: pa.Table) -> bytes:
    """Return rows as a compressed Arrow stream."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


def from_stream(content: bytes) -> pa.Table:
    """Return the rows of an Arrow stream."""
    with pa.ipc.open_stream(content) as reader:
        return reader.read_all()


def together(tables: Sequence[pa.Table]) -> pa.Table:
    """Return tables one below the other; a column that is undefined in one takes its type from the others."""
    return pa.concat_tables(tables, promote_options="permissive")

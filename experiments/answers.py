"""How a command answers: as JSON, as text, and by its exit code."""

from __future__ import annotations

import json
import math
import sys
from argparse import Namespace
from collections.abc import Mapping, Sequence
from typing import Any

DONE, SOME_FAILED, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130


def print_json(answer: Mapping[str, Any]) -> None:
    """Print an answer as one JSON object."""
    print(json.dumps(_plain(answer), ensure_ascii=False, indent=1, allow_nan=False))


def _plain(value: Any) -> Any:
    """Return a value as JSON knows it; undefined numbers become null."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if hasattr(value, "item"):
        value = value.item()
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return None if str(value) == "<NA>" else str(value)


def tell(options: Namespace, answer: Mapping[str, Any], text: str) -> int:
    """Print an answer as the options ask for it: as JSON, as text, or not at all; return the exit code."""
    if options.json:
        print_json(answer)
    elif not options.quiet:
        print(text)
    return DONE


def list_failures(runs: Sequence[Mapping[Any, Any]]) -> int:
    """Tell the runs that failed on standard error; return the exit code."""
    for run in runs:
        print(f"failed: {run['scenario']} seed {run['seed']}: {run['error']}", file=sys.stderr)
    return SOME_FAILED if runs else DONE

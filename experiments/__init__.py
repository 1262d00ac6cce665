"""Using the model: replications, paired comparisons, result folders, figures, and the `yanzhen` command.

`compare` and `run_many` are loaded on first use, so that the command starts at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from experiments.comparison import Study, compare
    from experiments.engine import run_many

__all__ = ["Study", "compare", "run_many"]


def __getattr__(name: str) -> Any:
    if name in {"Study", "compare"}:
        from experiments import comparison

        return getattr(comparison, name)
    if name == "run_many":
        from experiments.engine import run_many

        return run_many
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

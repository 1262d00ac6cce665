"""Errors for people: what is wrong, where, what is allowed, and the next step."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Problem:
    """One fault in a file or on the command line, told in one line."""

    message: str
    file: Path | str | None = None
    line: int | None = None

    def __str__(self) -> str:
        place = "" if self.file is None else f"{self.file}:" + (f"{self.line}:" if self.line else "") + " "
        return " ".join(f"{place}{self.message}".split())


class YanzhenError(Exception):
    """Base of the errors that are told to people without a traceback."""


class ScenarioError(YanzhenError):
    """A scenario, an option or an experiment is not valid.

    Parameters
    ----------
    problems : every fault found, each told in its own line
    """

    def __init__(self, problems: Iterable[Problem] | Problem | str) -> None:
        if isinstance(problems, str):
            problems = Problem(problems)
        self.problems = [problems] if isinstance(problems, Problem) else list(problems)
        super().__init__("\n".join(map(str, self.problems)))

    def __reduce__(self) -> tuple[type, tuple[list[Problem]]]:
        return type(self), (self.problems,)


class RegionError(ScenarioError):
    """A region's files are not valid."""


class AccountingError(YanzhenError):
    """The two books of a sector disagree: money was made or lost outside the ledger."""


def nearest_name(name: str, names: Iterable[str]) -> str:
    """Return a "did you mean" clause for a mistyped name, or an empty string.

    Parameters
    ----------
    name : what was typed
    names : what is known
    """
    matches = difflib.get_close_matches(name, list(names), n=1, cutoff=0.5)
    return f'; did you mean "{matches[0]}"?' if matches else ""

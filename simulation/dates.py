"""Quarters as people write them ("2023Q1") and as the model counts them."""

from __future__ import annotations

import re

FIRST_QUARTER = 8
"""First quarter that results report and a policy may start in; those before are burn-in."""

_DATE = re.compile(r"\s*(\d{4})\s*-?\s*[Qq]([1-4])\s*")


def quarter_of(date: str, start: str) -> int:
    """Return the number of a quarter, counted from the start of the region.

    Parameters
    ----------
    date : such as "2023Q1"
    start : date of quarter 0

    Raises
    ------
    ValueError
        The text is not a quarter.
    """
    found = _DATE.fullmatch(date)
    first = _DATE.fullmatch(start)
    if found is None or first is None:
        raise ValueError(f'"{date}" must be a quarter such as "2023Q1"')
    return 4 * (int(found[1]) - int(first[1])) + int(found[2]) - int(first[2])


def date_of(quarter: int, start: str) -> str:
    """Return the date of a quarter, such as "2023Q1".

    Parameters
    ----------
    quarter : counted from the start of the region
    start : date of quarter 0
    """
    year, place = divmod(4 * int(start[:4]) + int(start[-1]) - 1 + quarter, 4)
    return f"{year}Q{place + 1}"

"""Tables as text, aligned also where characters are two columns wide."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

_PIECES = re.compile(r"[（“《]*[⺀-鿿＀-￯][，。；：、）”》！？]*|[^\s⺀-鿿＀-￯]+\s*|\s+")
"""What a line may end after: a Chinese character with the punctuation behind it, or a word with its space."""


def width(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def text_table(header: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()) -> str:
    """Return rows as an aligned table.

    Parameters
    ----------
    header : names of the columns
    rows : cells as text
    right : columns that are aligned to the right (numbers)
    """
    table = [list(header), *map(list, rows)]
    widths = [max(width(row[column]) for row in table) for column in range(len(header))]
    lines = []
    for row in table:
        cells = []
        for column, cell in enumerate(row):
            space = " " * (widths[column] - width(cell))
            cells.append(space + cell if column in right else cell + space)
        lines.append("  ".join(cells).rstrip())
    lines.insert(1, "  ".join("-" * size for size in widths))
    return "\n".join(lines)


def wrapped(text: str, columns: int) -> list[str]:
    """Return a text as lines of at most so many columns, broken at spaces and between Chinese characters.

    Parameters
    ----------
    text : of one or several lines
    columns : width of a line; a longer word has a line of its own
    """
    lines = []
    for paragraph in text.split("\n"):
        line = ""
        for piece in _PIECES.findall(paragraph):
            if line and width(line + piece.rstrip()) > columns:
                lines.append(line.rstrip())
                line = ""
            line += piece if line else piece.lstrip()
        lines.append(line.rstrip())
    return lines

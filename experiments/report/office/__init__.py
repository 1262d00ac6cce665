"""A brief for an office: one page, slides with editable charts, and a workbook; needs the extra `office`."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from pathlib import Path

from experiments.folders import ResultFolderError
from experiments.labels import Language
from experiments.results import Results
from simulation.errors import YanzhenError

WRITERS = {
    "docx": ("docx", "document", "write_document"),
    "pptx": ("pptx", "slides", "write_slides"),
    "xlsx": ("xlsxwriter", "workbook", "write_workbook"),
}
"""For each format the package it needs, and the module and function that write it."""


class MissingExtraError(YanzhenError):
    """A package of an extra is not installed."""


def write_brief(results: Results, folder: Path, formats: Sequence[str], *, lang: Language) -> list[Path]:
    """Write the brief in one or several formats, as `brief.docx`, `brief.pptx` and `brief.xlsx`.

    Parameters
    ----------
    results : of a finished comparison
    folder : where the files go
    formats : of `WRITERS`
    lang : "en", "zh", or "both" (a page or a set of slides in each)

    Raises
    ------
    MissingExtraError
        If the extra `office` is not installed.
    ResultFolderError
        If a file cannot be written, or there is nothing to compare.
    """
    if not len(results.study.effects):
        raise ResultFolderError(f"{folder}: there is no pair of finished runs to report on")
    for name in formats:
        package = WRITERS[name][0]
        try:
            importlib.import_module(package)
        except ImportError:
            raise MissingExtraError(
                f'brief --format {name}: needs the extra "office" (package {package} is not installed); '
                'install it with: pip install "yanzhen[office]"'
            ) from None
    paths = []
    for name in formats:
        _, module, function = WRITERS[name]
        path = folder / f"brief.{name}"
        write = getattr(importlib.import_module(f"{__name__}.{module}"), function)
        try:
            write(results, path, lang=lang)
        except OSError as fault:
            raise ResultFolderError(f"{path}: cannot be written ({fault.strerror or fault})") from fault
        paths.append(path)
    return paths

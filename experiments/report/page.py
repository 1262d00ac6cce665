"""The report as one HTML file: text, tables, figures, fonts and style are inside it, nothing is fetched."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from experiments.figures.catalogue import FIGURES, draw_figures, kind_of
from experiments.folders import ResultFolderError
from experiments.labels import Language
from experiments.plots import FONT
from experiments.report.content import content
from experiments.results import Results
from experiments.words import STAMP
from simulation.parameters import Label

PLACES: Mapping[str, int] = {"en": 0, "zh": 1}
CODES: Mapping[str, str] = {"en": "en", "zh": "zh-Hans"}
ORDER: Mapping[Language, tuple[Language, ...]] = {"en": ("en",), "zh": ("zh",), "both": ("zh", "en")}
"""Languages in a page; Chinese comes first in both."""


def font_subset(text: str) -> str:
    """Return the bundled font with no more than the characters of a text, as base64 of a WOFF file."""
    from fontTools import subset
    from fontTools.ttLib import TTFont

    with resources.as_file(resources.files("experiments") / "fonts" / FONT) as path, TTFont(
        path, lazy=True, recalcTimestamp=False
    ) as font:
        options = subset.Options(flavor="woff", notdef_outline=True, layout_features=[], hinting=False)
        options.drop_tables += ["GSUB", "GPOS", "GDEF"]
        cutter = subset.Subsetter(options)
        cutter.populate(text=text)
        cutter.subset(font)
        font.flavor = "woff"
        content = io.BytesIO()
        font.save(content)
    return base64.b64encode(content.getvalue()).decode("ascii")


def report_html(
    results: Results,
    pictures: Mapping[Language, Mapping[str, bytes]],
    lacking: Mapping[str, Label],
    *,
    lang: Language,
    shown: Language | None = None,
) -> str:
    """Return the page.

    Parameters
    ----------
    results : of a finished comparison
    pictures : SVG files of the figures by language and name
    lacking : figures that cannot be drawn, with the reason
    lang : languages in the page; "both" gives a switch
    shown : language shown first; by default the first in the page
    """
    from jinja2 import Environment, StrictUndefined

    files = resources.files("experiments.report")
    template = (files / "report.html.j2").read_text(encoding="utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    languages = ORDER[lang]
    names = list(dict.fromkeys(name for own in pictures.values() for name in own))
    said = content(results, names, lacking)
    title = said.title
    heading = " / ".join(title[PLACES[one]] for one in languages)
    values: dict[str, Any] = {
        "content": said, "languages": languages, "shown": shown or languages[0], "codes": CODES, "places": PLACES,
        "heading": heading, "stamp": STAMP, "stamp_label": Label(STAMP["en"], STAMP["zh"]), "kind_of": _kind_of,
        "titles": {name: FIGURES[kind_of(name)].title for name in names}, "running": _css_text(heading),
        "style": _Safe((files / "style.css").read_text(encoding="utf-8")),
        "made": Label("Made by Yanzhen; yanzhen report makes it again from the result folder.",
                      "由雁阵生成；可用 yanzhen report 由结果文件夹重新生成。"),
        "pictures": {one: {name: base64.b64encode(file).decode("ascii") for name, file in own.items()}
                     for one, own in pictures.items()},
    }  # fmt: skip
    page = environment.from_string(template)
    # The first pass tells which characters the font must have.
    bare = page.render(**{**values, "font": "", "pictures": {one: {} for one in pictures}})
    return page.render(**values, font=font_subset(bare)) + "\n"


class _Safe(str):
    """Text that is put into the page as it is."""

    def __html__(self) -> str:
        return str(self)


def _kind_of(block: object) -> str:
    return type(block).__name__


def _css_text(text: str) -> _Safe:
    """Return a text as the inside of a CSS string."""
    kept = "".join(character for character in text if character not in '"\\<>\n')
    return _Safe(kept[:90] + ("…" if len(kept) > 90 else ""))


def drawn(
    results: Results, lang: Language, ready: Mapping[Language, Sequence[Path]] | None = None
) -> tuple[dict[Language, dict[str, bytes]], dict[str, Label]]:
    """Return the figures as SVG by language and name, and why some cannot be drawn.

    Parameters
    ----------
    results : of a finished comparison
    lang : languages wanted
    ready : figures that were drawn already, by language
    """
    pictures: dict[Language, dict[str, bytes]] = {}
    lacking: dict[str, Label] = {}
    for one in ORDER[lang]:
        with TemporaryDirectory() as folder:
            paths: Sequence[Path] = list((ready or {}).get(one, ()))
            if not paths:
                paths, lacking = draw_figures(results, Path(folder), lang=one, kinds=("svg",))
            pictures[one] = {path.stem: path.read_bytes() for path in paths if path.suffix == ".svg"}
    known = {kind_of(name) for own in pictures.values() for name in own}
    lacking = {name: reason for name, reason in lacking.items() if name not in known}
    return pictures, lacking


def write_report(
    results: Results,
    path: Path | str,
    *,
    lang: Language = "both",
    shown: Language | None = None,
    ready: Mapping[Language, Sequence[Path]] | None = None,
    lacking: Mapping[str, Label] | None = None,
) -> Path:
    """Write the report as one HTML file.

    Parameters
    ----------
    results : of a finished comparison
    path : file to write
    lang, shown : as in `report_html`
    ready : figures that were drawn already, by language
    lacking : figures that are known not to be drawable, with the reason

    Raises
    ------
    ResultFolderError
        If the file cannot be written, or there is nothing to compare.
    """
    path = Path(path)
    if not len(results.study.effects):
        raise ResultFolderError(f"{path}: there is no pair of finished runs to report on")
    pictures, reasons = drawn(results, lang, ready)
    text = report_html(results, pictures, {**reasons, **(lacking or {})}, lang=lang, shown=shown)
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as fault:
        raise ResultFolderError(f"{path}: cannot be written ({fault.strerror or fault})") from fault
    return path

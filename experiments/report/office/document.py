"""The brief on one A4 page, as a document for Word and WPS."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from docx import Document
from docx.enum.text import WD_BREAK
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from experiments.labels import Language
from experiments.report.office.summary import FONTS, brief_title, parts
from experiments.report.page import ORDER
from experiments.results import Results
from experiments.words import STAMP

SIZES = ((1500, 10.5), (2400, 9.5), (3400, 8.5))
"""Weight of the text (a Chinese character counts two) up to which a size of print, in points, keeps to one page."""
SMALLEST = 7.5


def write_document(results: Results, path: Path, *, lang: Language) -> None:
    """Write the brief; in both languages it has a page for each.

    Parameters
    ----------
    results : of a finished comparison
    path : file to write
    lang : "en", "zh" or "both"
    """
    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21.0), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.0)
    section.top_margin, section.bottom_margin = Cm(1.8), Cm(1.5)
    _stamp(section.header.paragraphs[0], lang)
    _stamp(section.footer.paragraphs[0], lang)
    properties = document.core_properties
    properties.author, properties.title = "Yanzhen", brief_title(results, ORDER[lang][0])
    properties.comments = STAMP["both"]
    for place, one in enumerate(ORDER[lang]):
        if place:
            document.paragraphs[-1].add_run().add_break(WD_BREAK.PAGE)
        _page(document, results, one)
    document.save(str(path))


def _stamp(paragraph: Any, lang: Language) -> None:
    _write(paragraph, STAMP[lang], size=8.5, colour="a92f40")


def _page(document: Any, results: Results, lang: Language) -> None:
    written = parts(results, lang)
    weight = sum(_weight(line) + 20 for part in written for line in part.lines)
    size = next((size for limit, size in SIZES if weight < limit), SMALLEST)
    title = document.add_paragraph()
    _write(title, brief_title(results, lang), size=size + 5, bold=True)
    _space(title, after=4)
    for part in written:
        heading = document.add_paragraph()
        _write(heading, part.title, size=size + 1.5, bold=True, colour="22303c")
        _space(heading, before=5, after=1)
        heading.paragraph_format.keep_with_next = True
        for number, line in enumerate(part.lines, start=1):
            paragraph = document.add_paragraph()
            text = f"{number}. {line}" if part.key == "conclusions" else line
            _write(paragraph, text, size=size if part.key != "sources" else size - 1.5)
            _space(paragraph, after=1.5)


def _weight(text: str) -> int:
    return sum(2 if ord(character) > 0x2E80 else 1 for character in text)


def _write(paragraph: Any, text: str, *, size: float, bold: bool = False, colour: str | None = None) -> None:
    run = paragraph.add_run(text)
    run.font.size, run.font.bold, run.font.name = Pt(size), bold, FONTS["latin"]
    # Word and WPS take the Chinese font from an attribute that python-docx does not set.
    run._element.rPr.rFonts.set(qn("w:eastAsia"), FONTS["chinese"])
    if colour is not None:
        run.font.color.rgb = RGBColor.from_string(colour.upper())


def _space(paragraph: Any, *, before: float = 0.0, after: float = 0.0) -> None:
    style = paragraph.paragraph_format
    style.space_before, style.space_after, style.line_spacing = Pt(before), Pt(after), 1.15

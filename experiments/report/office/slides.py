"""The brief as slides whose charts are native ones: their numbers can be edited."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lxml import etree
from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION, XL_MARKER_STYLE, XL_TICK_LABEL_POSITION
from pptx.oxml.ns import qn
from pptx.util import Cm, Pt

from experiments.figures.comparison import spread
from experiments.figures.costs import RETURNS
from experiments.labels import Language, known_outcomes, label_text, phrase, shown_unit
from experiments.plots import scenario_colours
from experiments.report.findings import rows_of, told
from experiments.report.office.summary import FONTS, Part, brief_title, parts
from experiments.report.page import ORDER
from experiments.results import Results
from experiments.words import STAMP

WIDTH, HEIGHT = Cm(33.867), Cm(19.05)
MARKERS = (
    XL_MARKER_STYLE.CIRCLE, XL_MARKER_STYLE.SQUARE, XL_MARKER_STYLE.TRIANGLE, XL_MARKER_STYLE.DIAMOND,
    XL_MARKER_STYLE.X, XL_MARKER_STYLE.PLUS, XL_MARKER_STYLE.STAR, XL_MARKER_STYLE.DASH,
)  # fmt: skip


def write_slides(results: Results, path: Path, *, lang: Language) -> None:
    """Write the slides; in both languages there is a set for each.

    Parameters
    ----------
    results : of a finished comparison
    path : file to write
    lang : "en", "zh" or "both"
    """
    deck = Presentation()
    deck.slide_width, deck.slide_height = WIDTH, HEIGHT
    deck.core_properties.author, deck.core_properties.title = "Yanzhen", brief_title(results, ORDER[lang][0])
    deck.core_properties.comments = STAMP["both"]
    for one in ORDER[lang]:
        written = {part.key: part for part in parts(results, one)}
        _text(deck, one, brief_title(results, one), [written["question"]], size=20)
        _text(deck, one, written["conclusions"].title, [written["conclusions"]], size=20, numbered=True)
        _effects(deck, results, one)
        _courses(deck, results, one)
        _costs(deck, results, one, written["cost"])
        _text(deck, one, written["people"].title, [written["people"], written["timing"]], size=16)
        _text(deck, one, written["risks"].title, [written["risks"], written["sources"]], size=16)
    deck.save(str(path))


def _slide(deck: Any, lang: Language, title: str) -> Any:
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    _box(slide, [title], Cm(1.5), Cm(0.9), Cm(30.8), Cm(1.8), size=26, bold=True)
    _box(slide, [STAMP[lang]], Cm(1.5), Cm(17.7), Cm(30.8), Cm(0.9), size=11, colour="A92F40")
    return slide


def _text(
    deck: Any, lang: Language, title: str, written: Sequence[Part], *, size: float, numbered: bool = False
) -> None:
    slide = _slide(deck, lang, title)
    lines: list[str] = []
    for place, part in enumerate(written):
        if place:
            lines += ["", part.title]
        lines += [f"{number}. {line}" if numbered else line for number, line in enumerate(part.lines, start=1)]
    weight = sum(sum(2 if ord(letter) > 0x2E80 else 1 for letter in line) + 30 for line in lines)
    smaller = size if weight < 900 else size - 3 if weight < 1500 else size - 6
    _box(slide, lines, Cm(1.5), Cm(3.2), Cm(30.8), Cm(14.0), size=max(smaller, 10))


def _box(
    slide: Any, lines: Sequence[str], left: int, top: int, width: int, height: int, *, size: float, bold: bool = False,
    colour: str = "22303C",
) -> None:  # fmt: skip
    frame = slide.shapes.add_textbox(left, top, width, height).text_frame
    frame.word_wrap = True
    for place, line in enumerate(lines):
        paragraph = frame.paragraphs[0] if place == 0 else frame.add_paragraph()
        paragraph.space_after = Pt(size * 0.45)
        run = paragraph.add_run()
        run.text = line
        run.font.size, run.font.bold = Pt(size), bold
        run.font.color.rgb = RGBColor.from_string(colour)
        _fonts(run.font._element)


def _fonts(properties: Any) -> None:
    """Name the fonts for Latin and for Chinese letters; python-pptx knows the first only."""
    for tag, name in (("a:latin", FONTS["latin"]), ("a:ea", FONTS["chinese"])):
        for old in properties.findall(qn(tag)):
            properties.remove(old)
        etree.SubElement(properties, qn(tag)).set("typeface", name)


def _chart(slide: Any, kind: Any, data: Any, place: Sequence[int], *, legend: bool) -> Any:
    chart = slide.shapes.add_chart(kind, *place, data).chart
    chart.font.size = Pt(12)
    _fonts(chart.font._element)
    chart.has_title = False
    chart.has_legend = legend
    if legend:
        chart.legend.position, chart.legend.include_in_layout = XL_LEGEND_POSITION.BOTTOM, False
    return chart


def _axis_title(axis: Any, text: str) -> None:
    axis.has_title = True
    paragraph = axis.axis_title.text_frame.paragraphs[0]
    run = paragraph.add_run()
    run.text = text
    run.font.size, run.font.bold = Pt(11), False
    _fonts(run.font._element)


def _colours(results: Results) -> dict[str, RGBColor]:
    colours = scenario_colours(results.study.baseline, results.study.policies)
    return {name: RGBColor.from_string(colour.lstrip("#").upper()) for name, colour in colours.items()}


def _effects(deck: Any, results: Results, lang: Language) -> None:
    """Add the effects at the end in per cent of the baseline, as a bar chart."""
    policies = results.study.policies
    rows = {name: {row["outcome"]: row for row in rows_of(results, name, outcomes=RETURNS)} for name in policies}
    names = [name for name in known_outcomes(list(RETURNS)) if all(name in rows[policy] for policy in policies)]
    if not names:
        return
    title = phrase("Effects at the end, % of the baseline", "期末效应，占基线的 %", lang)
    slide = _slide(deck, lang, title)
    data = CategoryChartData(number_format="0.00")
    labels = known_outcomes(names)
    data.categories = [label_text(labels[name].label, lang) for name in reversed(names)]
    for policy in policies:
        values = [_percent(rows[policy][name]) for name in reversed(names)]
        data.add_series(label_text(results.titles[policy], lang), values)
    place = (Cm(1.5), Cm(2.9), Cm(30.8), Cm(13.0))
    chart = _chart(slide, XL_CHART_TYPE.BAR_CLUSTERED, data, place, legend=len(policies) > 1)
    plot = chart.plots[0]
    plot.gap_width = 60
    chart.category_axis.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    chart.category_axis.format.line.color.rgb = RGBColor.from_string("667788")
    chart.value_axis.has_major_gridlines = False
    chart.value_axis.tick_labels.number_format, chart.value_axis.tick_labels.number_format_is_linked = "0.0", False
    plot.has_data_labels = True
    plot.data_labels.number_format, plot.data_labels.number_format_is_linked = "+0.0;-0.0;0", False
    plot.data_labels.font.size = Pt(10)
    colours = _colours(results)
    for policy, series in zip(policies, plot.series, strict=True):
        series.format.fill.solid()
        series.format.fill.fore_color.rgb = colours[policy]
        series.invert_if_negative = False
    note = phrase(
        f"Means of {results.pairs} pairs of runs; intervals and verdicts are in the workbook and the report.",
        f"{results.pairs} 对运行的均值；区间与结论见工作簿与报告。", lang,
    )  # fmt: skip
    _box(slide, [note], Cm(1.5), Cm(16.2), Cm(30.8), Cm(1.0), size=12, colour="5B6770")


def _percent(row: Any) -> float | None:
    base, effect = float(row["mean_comparator"]), float(row["effect"])
    return 100.0 * effect / abs(base) if base and math.isfinite(effect) else None


def _courses(deck: Any, results: Results, lang: Language) -> None:
    """Add the course of the outcome on which most can be told, in every scenario, as a line chart."""
    telling = [str(row["outcome"]) for policy in results.study.policies for row in told(results, policy)]
    recorded = results.horizons["outcome"].unique().tolist()
    name = next((one for one in (*telling, *RETURNS, *recorded) if known_outcomes([one])), None)
    if name is None:
        return
    outcome = known_outcomes([name])[name]
    table = spread(results.study, [name]).pivot_table(index="quarter", columns="scenario", values="mean", sort=False)
    shown = shown_unit(outcome, lang, size=float(table.abs().max().max()))
    unit = f"，{shown.unit}" if lang == "zh" and shown.unit else f", {shown.unit}" if shown.unit else ""
    slide = _slide(deck, lang, f"{label_text(outcome.label, lang)}{unit}")
    data = CategoryChartData(number_format="#,##0.##")
    data.categories = [results.dates[int(quarter)] for quarter in table.index]
    scenarios = list(results.study.scenarios)
    for scenario in scenarios:
        data.add_series(label_text(results.titles[scenario], lang), (table[scenario] * shown.factor).tolist())
    place = (Cm(1.5), Cm(2.9), Cm(30.8), Cm(13.2))
    chart = _chart(slide, XL_CHART_TYPE.LINE_MARKERS, data, place, legend=True)
    chart.value_axis.has_major_gridlines = False
    values = table.to_numpy(float) * shown.factor
    low, high = float(values.min()), float(values.max())
    if high > low and low > 0.5 * high:
        step = 10.0 ** math.floor(math.log10(high - low))
        chart.value_axis.minimum_scale = math.floor((low - 0.1 * (high - low)) / step) * step
    skip = etree.SubElement(chart.category_axis._element, qn("c:tickLblSkip"))
    skip.set("val", "4")
    # The schema wants it before the last element of an axis, c:noMultiLvlLbl.
    last = chart.category_axis._element.find(qn("c:noMultiLvlLbl"))
    if last is not None:
        last.addprevious(skip)
    if shown.unit:
        _axis_title(chart.value_axis, shown.unit)
    chart.value_axis.tick_labels.number_format, chart.value_axis.tick_labels.number_format_is_linked = "#,##0.##", False
    colours = _colours(results)
    for place_, (scenario, series) in enumerate(zip(scenarios, chart.plots[0].series, strict=True)):
        own = scenario != results.study.baseline
        series.smooth = False
        series.format.line.color.rgb, series.format.line.width = colours[scenario], Pt(2.0 if own else 3.5)
        series.marker.style = MARKERS[(place_ - 1) % len(MARKERS)] if own else XL_MARKER_STYLE.NONE
        if own:
            series.marker.size = 6
            series.marker.format.fill.solid()
            series.marker.format.fill.fore_color.rgb = colours[scenario]
            series.marker.format.line.color.rgb = colours[scenario]
    note = phrase("Mean of the runs.", "各次运行的均值。", lang)
    _box(slide, [note], Cm(1.5), Cm(16.3), Cm(30.8), Cm(1.0), size=12, colour="5B6770")


def _costs(deck: Any, results: Results, lang: Language, part: Part) -> None:
    """Add what was paid by scenario, as a column chart beside the text."""
    policies = [name for name in results.study.policies if math.isfinite(results.cost(name, "paid")[0])]
    if not policies:
        _text(deck, lang, part.title, [part], size=18)
        return
    slide = _slide(deck, lang, part.title)
    paid = {name: results.cost(name, "paid")[0] for name in policies}
    large = max(map(abs, paid.values())) >= 100.0
    factor, unit = (0.01, "亿元") if large else (100.0, "万元")
    if lang != "zh":
        factor, unit = 1.0, "million CNY"
    data = CategoryChartData(number_format="#,##0.##")
    data.categories = [label_text(results.titles[name], lang) for name in policies]
    data.add_series(f"{phrase('Paid', '已支付', lang)} ({unit})", [paid[name] * factor for name in policies])
    chart = _chart(slide, XL_CHART_TYPE.COLUMN_CLUSTERED, data, (Cm(1.5), Cm(2.9), Cm(14.5), Cm(13.8)), legend=False)
    chart.value_axis.has_major_gridlines = False
    _axis_title(chart.value_axis, unit)
    plot = chart.plots[0]
    plot.gap_width, plot.has_data_labels = 80, True
    plot.data_labels.number_format, plot.data_labels.number_format_is_linked = "#,##0.##", False
    colours = _colours(results)
    for name, point in zip(policies, (plot.series[0].points[i] for i in range(len(policies))), strict=True):
        point.format.fill.solid()
        point.format.fill.fore_color.rgb = colours[name]
    _box(slide, list(part.lines), Cm(16.8), Cm(3.2), Cm(15.5), Cm(13.5), size=15)

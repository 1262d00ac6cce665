import re
import sys

import docx
import fake_district
import openpyxl
import pptx
import pytest
from pptx.enum.shapes import MSO_SHAPE_TYPE

from experiments.comparison import replicate
from experiments.report.office import MissingExtraError, write_brief
from experiments.report.office.summary import TITLES, conclusions, parts
from experiments.results import results_of
from experiments.words import STAMP

FORBIDDEN = re.compile(r"\b(proves?|proven|will)\b|证明|必将", re.IGNORECASE)


@pytest.fixture
def results(scenarios, outcomes_declared):
    return results_of(replicate(scenarios, "baseline", range(8), jobs=1, run=fake_district.run))


def texts_of(slide):
    return [shape.text_frame.text for shape in slide.shapes if shape.has_text_frame]


def test_brief_has_its_seven_parts_and_three_sentences(results):
    written = parts(results, "zh")
    assert [part.title for part in written] == [label.zh for label in TITLES.values()]
    assert len(next(part for part in written if part.key == "conclusions").lines) == 3
    assert all(part.lines for part in written)


def test_three_sentences_also_when_nothing_can_be_told(results):
    results.__dict__["horizons"] = results.horizons.assign(verdict="unclear")
    lines = conclusions(results)
    assert len(lines) == 3
    assert "no direction can be told" in lines[0].en
    assert "方向无法判断" in lines[0].zh


def test_money_is_told_in_the_units_of_chinese_offices(results):
    [cost] = [part for part in parts(results, "zh") if part.key == "cost"]
    assert re.search(r"已支付 5,?000 .*万元", cost.lines[0])
    assert "million" not in " ".join(cost.lines)


def test_document_is_one_stamped_a4_page_with_chinese_fonts_named(results, tmp_path):
    [path] = write_brief(results, tmp_path, ["docx"], lang="zh")
    document = docx.Document(path)
    section = document.sections[0]
    assert (round(section.page_width.cm, 1), round(section.page_height.cm, 1)) == (21.0, 29.7)
    text = "\n".join(paragraph.text for paragraph in document.paragraphs)
    assert all(label.zh in text for label in TITLES.values())
    assert STAMP["zh"] in section.header.paragraphs[0].text
    assert STAMP["zh"] in section.footer.paragraphs[0].text
    assert 'w:eastAsia="微软雅黑"' in document.element.xml
    assert "w:br" not in document.element.xml
    assert FORBIDDEN.findall(text) == []


def test_slides_have_native_charts_whose_numbers_are_those_of_the_runs(results, tmp_path):
    [path] = write_brief(results, tmp_path, ["pptx"], lang="both")
    slides = list(pptx.Presentation(path).slides)
    assert all({STAMP["en"], STAMP["zh"]} & set(texts_of(slide)) for slide in slides)
    charts = [shape.chart for slide in slides for shape in slide.shapes if shape.has_chart]
    assert len(charts) == 6
    assert not any(shape.shape_type == MSO_SHAPE_TYPE.PICTURE for slide in slides for shape in slide.shapes)
    bars = charts[0].plots[0]
    row = results.horizons.query("scenario == 'risk_pool' and outcome == 'gdp' and horizon == 'end'").iloc[0]
    place = list(bars.categories).index("地区生产总值")
    assert bars.series[0].values[place] == pytest.approx(100 * row["effect"] / row["mean_comparator"])
    assert FORBIDDEN.findall("\n".join(text for slide in slides for text in texts_of(slide))) == []


def test_workbook_has_data_definitions_sources_and_assumptions(results, tmp_path):
    [path] = write_brief(results, tmp_path, ["xlsx"], lang="zh")
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["说明", "结论", "效应", "走势", "成本", "定义", "假设", "来源"]
    assert all(sheet["A1"].value == STAMP["both"] for sheet in book)
    effects = list(book["效应"].iter_rows(min_row=2, values_only=True))
    header = [str(name).split("\n")[-1] for name in effects[0]]
    scenario, name, effect = (header.index(word) for word in ("Scenario", "Name", "Effect"))
    told = {(row[scenario], row[name]): row[effect] for row in effects[1:]}
    for row in results.horizons.query("horizon == 'end'").to_dict("records"):
        assert told[row["scenario"], row["outcome"]] == pytest.approx(row["effect"])
    costs = book["成本"].iter_rows(min_row=3, values_only=True)
    cost = next(row for row in costs if row[0] == "rd_subsidy" and row[2].endswith(" paid"))
    assert cost[3] == pytest.approx(25.0)
    assert cost[6] == pytest.approx(2500.0)


def test_missing_extra_is_told_in_one_line_and_writes_nothing(results, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pptx", None)
    with pytest.raises(MissingExtraError, match='needs the extra "office"') as fault:
        write_brief(results, tmp_path, ["docx", "pptx"], lang="zh")
    assert "\n" not in str(fault.value)
    assert list(tmp_path.iterdir()) == []

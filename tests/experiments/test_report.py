import json
import re
from html.parser import HTMLParser

import fake_district
import pandas as pd
import pytest

from experiments import cli
from experiments.comparison import replicate
from experiments.figures.catalogue import FIGURES
from experiments.folders import ResultFolderError
from experiments.report.background import screened
from experiments.report.content import content
from experiments.report.findings import runs_text, told, unclear_section, worse
from experiments.report.page import font_subset, report_html, write_report
from experiments.report.people import twins_section
from experiments.report.scenarios import headline, touched, value_text
from experiments.results import Results, read_results, results_of
from experiments.words import STAMP

FORBIDDEN = re.compile(r"\b(proves?|proven|will)\b|证明|必将", re.IGNORECASE)
POOL = {"start": "2023Q1", "end": None, "budget": 20.0, "strength": 1.0, "deposit": 60.0, "multiple": 12.0,
        "loss_share": 0.4, "eligible": {"tiers": [1, 2, 3]}}  # fmt: skip


class Page(HTMLParser):
    """Collects what a page shows and what it would load."""

    def __init__(self, text):
        super().__init__()
        self.addresses, self.texts, self.images, self.ids, self.hidden = [], [], [], [], 0
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        known = dict(attrs)
        self.hidden += tag in ("style", "script")
        self.addresses += [known[name] for name in ("src", "href", "data", "action") if name in known]
        self.images += [known] if tag == "img" else []
        self.ids += [known["id"]] if "id" in known else []

    def handle_endtag(self, tag):
        self.hidden -= tag in ("style", "script")

    def handle_data(self, data):
        if not self.hidden:
            self.texts.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.texts).split())


@pytest.fixture
def results(scenarios, outcomes_declared):
    return results_of(replicate(scenarios, "baseline", range(8), jobs=1, run=fake_district.run))


def page_of(results, lang="both"):
    languages = {"both": ("zh", "en")}.get(lang, (lang,))
    return report_html(results, {one: {"effects": b"<svg/>"} for one in languages}, {}, lang=lang)


PAGES = {}


@pytest.fixture
def page(results):
    """The page of the unchanged results, made once."""
    if not PAGES:
        PAGES["both"] = page_of(results)
    return PAGES["both"]


def test_page_asks_for_nothing_outside(page):
    shown = Page(page)
    assert [address for address in shown.addresses if not address.startswith(("data:", "#"))] == []
    assert not re.search(r"https?://|url\((?!data:)|@import", page)


def test_page_has_both_languages_a_switch_and_the_stamp(page):
    shown = Page(page)
    assert STAMP["en"] in shown.text
    assert STAMP["zh"] in shown.text
    assert {"question", "scenarios", "results", "verdicts", "cost", "timing", "fails", "unclear", "figures", "effects",
            "twins", "assumptions", "provenance"} <= set(shown.ids)  # fmt: skip
    assert re.findall(r'<button type="button" data-lang="(\w+)"', page) == ["zh", "en", "both"]
    assert "主要结果" in shown.text
    assert "Key results" in shown.text


def test_every_printed_page_is_stamped(page):
    assert f'@top-right {{ content: "{STAMP["both"]}"' in page


def test_page_of_one_language_has_no_other(results):
    page = Page(page_of(results, lang="en"))
    assert "主要结果" not in page.text
    assert "Key results" in page.text


def test_every_sentence_of_the_report_keeps_to_what_simulation_can_say(page):
    assert FORBIDDEN.findall(Page(page).text) == []


def test_titles_of_people_cannot_break_the_page(results):
    title = results.study.scenarios["risk_pool"].title
    evil = title.__class__('<script>alert("x")</script>', "</style><b>")
    scenario = results.study.scenarios["risk_pool"]
    results.study.scenarios["risk_pool"] = scenario.__class__("risk_pool", evil, 1.0)
    text = page_of(results)
    assert "<script>alert" not in text
    assert text.count("</style>") == 1


def test_font_of_the_page_has_every_character_it_shows(page):
    import base64
    import io

    from fontTools.ttLib import TTFont

    text = Page(page).text
    embedded = re.search(r"data:font/woff;base64,([\w+/=]+)", page).group(1)
    with TTFont(io.BytesIO(base64.b64decode(embedded))) as font:
        known = set(font.getBestCmap())
    assert {character for character in text if ord(character) > 0x2E80 and ord(character) not in known} == set()


def test_font_is_cut_to_what_is_needed():
    assert len(font_subset("雁阵")) < 20_000


def test_results_are_told_in_sentences_strongest_first(results, page):
    rows = told(results, "risk_pool")
    assert [row["verdict"] for row in rows] == sorted(
        (row["verdict"] for row in rows), key=lambda verdict: not verdict.startswith("very")
    )
    text = Page(page).text
    assert "very likely rises" in text
    assert "很可能增加" in text


def test_only_outcomes_with_a_known_side_are_called_worse():
    assert worse({"verdict": "likely_rises", "outcome": "default_share"})
    assert worse({"verdict": "very_likely_falls", "outcome": "jobs"})
    assert not worse({"verdict": "very_likely_falls", "outcome": "public_spending"})
    assert not worse({"verdict": "unclear", "outcome": "jobs"})


def test_what_cannot_be_told_is_listed_with_the_runs_it_needs(results):
    rows = results.horizons
    results.__dict__["horizons"] = rows.assign(verdict="unclear")
    tables = [block for block in unclear_section(results).blocks if hasattr(block, "rows")]
    assert len(tables) == 2
    assert all(row[-1].en == "–" or row[-1].en.replace(",", "").isdigit() for table in tables for row in table.rows)


def with_pool(results):
    manifest = json.loads(json.dumps(results.manifest))
    base = {"policies": {}, "quarters": 20, "parameters": {"financing": {"background_cut": 1.0}}}
    for entry in manifest["scenarios"].values():
        entry["resolved"] = base
    manifest["scenarios"]["risk_pool"]["resolved"] = {**base, "policies": {"risk_pool": POOL}}
    return Results(results.study, manifest)


def test_scenario_is_told_as_a_difference_to_the_baseline(results):
    [item] = touched(with_pool(results), "risk_pool")
    line = headline(item)
    assert line.en == "from 2023Q1 to the end of the run; budget 20.0 million CNY a year; for tiers 1, 2, 3"
    assert line.zh == "2023Q1 起至期末；每年预算 2,000 万元；限梯队 1, 2, 3"
    text = Page(page_of(with_pool(results))).text
    assert "multiple 12 (10)" in text
    assert "cuts of other public spending 100%" in text
    assert touched(with_pool(results), "rd_subsidy") == []


def test_values_read_like_a_scenario_file():
    assert value_text({"low": None, "high": 32}) == "≤ 32"
    assert value_text([1, 2]) == "1, 2"
    assert value_text(0.1 + 0.2) == "0.3"


def test_counts_within_the_noise_floor_are_not_printed(results):
    rows = pd.DataFrame(
        [("risk_pool", "risk_pool", "reached", "firms", "", "firms", 812.0, 800.0, 820.0, 3.0, False, 6),
         ("risk_pool", "risk_pool", "displaced", "", "firms", "firms", 1.25, -1.0, 3.0, 3.0, True, 6)],
        columns=["scenario", "policy", "quantity", "group", "outcome", "unit", "mean", "low", "high", "noise_floor",
                 "below_noise", "n"],
    )  # fmt: skip
    section = twins_section(Results(results.study, results.manifest, {"twins": rows}))
    cells = {cell.en for block in section.blocks if hasattr(block, "rows") for row in block.rows for cell in row}
    assert "812" in cells
    assert "1.25" not in cells


def test_missing_tables_are_said_to_be_missing(page):
    text = Page(page).text
    assert "Not in this folder: twins.parquet, gains.parquet" in text
    assert "本结果文件夹未含" in text


def test_report_has_every_figure_in_both_languages(results, tmp_path):
    ready = {}
    for lang in ("en", "zh"):
        folder = tmp_path / lang
        folder.mkdir()
        ready[lang] = [folder / f"{name}.svg" for name in FIGURES]
        for path in ready[lang]:
            path.write_text(f"<svg><!-- {lang} --></svg>")
    path = write_report(results, tmp_path / "report.html", ready=ready)
    images = Page(path.read_text(encoding="utf-8")).images
    assert len(images) == 2 * len(FIGURES)
    assert sorted(image["class"] for image in images) == ["en"] * len(FIGURES) + ["zh"] * len(FIGURES)
    assert all(image["alt"] for image in images)


def test_two_reports_of_the_same_results_are_the_same(results, page):
    assert page_of(results) == page


def test_sections_come_in_the_order_of_a_decision(results):
    keys = [section.key for section in content(results, [], {}).sections]
    assert keys.index("question") < keys.index("results") < keys.index("cost") < keys.index("fails")
    assert keys[-1] == "provenance"


def test_screening_ranks_parameters_by_their_mean_share_in_levels(tmp_path):
    file = tmp_path / "assumptions.csv"
    file.write_text("factor,kind,share_gdp,share_jobs\nparameters.credit.term,level,0.2,0.4\n"
                    "parameters.labour.quit_rate,level,0.5,0.5\nparameters.credit.term,effect,1,1\n")  # fmt: skip
    assert screened(file).round(6).to_dict() == {"parameters.labour.quit_rate": 0.5, "parameters.credit.term": 0.3}
    assert screened(tmp_path / "none.csv").empty


def test_unfinished_folder_is_told_in_one_line(scenarios, outcomes_declared, tmp_path):
    folder = tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        replicate(scenarios, "baseline", range(4), jobs=1, run=fake_district.interrupted, out=folder)
    with pytest.raises(ResultFolderError, match=r"is not finished .* yanzhen resume") as fault:
        read_results(folder)
    assert "\n" not in str(fault.value)


@pytest.mark.parametrize("command", ["report", "plot", "brief"])
def test_folder_that_holds_no_results_is_told_in_one_line(command, tmp_path, capsys):
    assert cli.main([command, str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "not a result folder" in error


def test_runs_of_one_scenario_are_told_to_be_no_comparison(scenarios, outcomes_declared, tmp_path):
    folder = tmp_path / "out"
    replicate({"baseline": scenarios["baseline"]}, "baseline", range(2), jobs=1, run=fake_district.run, kind="run",
              out=folder)  # fmt: skip
    with pytest.raises(ResultFolderError, match="holds a run, not a comparison"):
        read_results(folder)


def test_unknown_figure_is_told_with_the_nearest_name(tmp_path, capsys):
    assert cli.main(["plot", str(tmp_path), "--figure", "budget"]) == 2
    assert 'unknown "budget"; did you mean "budgets"?' in capsys.readouterr().err


def test_comparison_report_figures_and_brief_from_end_to_end(tmp_path, capsys):
    folder = tmp_path / "out"
    arguments = ["--runs", "2", "--scale", "0.05", "--quarters", "10", "--jobs", "1", "--no-rebate", "--lang", "zh"]
    assert cli.main(["compare", "baseline", "risk_pool", *arguments, "--out", str(folder), "--quiet"]) == 0
    text = (folder / "report.html").read_text(encoding="utf-8")
    shown = Page(text)
    drawn = {path.stem for path in (folder / "figures").glob("*.svg")}
    assert drawn >= {"trajectories", "differences", "effects", "budgets"}
    assert 'data-show="zh"' in text.splitlines()[1]
    assert {image["class"] for image in shown.images} == {"zh", "en"}
    assert "Risk-compensation pool" in shown.text
    assert "风险补偿资金池" in shown.text
    assert "Covered loans that the pool's balance supports" in shown.text
    assert FORBIDDEN.findall(shown.text) == []
    (folder / "figures" / "budgets.png").unlink()
    assert cli.main(["plot", str(folder), "--figure", "budgets", "gains", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (folder / "figures" / "budgets.png").is_file()
    assert list(answer["not_drawn"]) == ["gains"]
    assert cli.main(["brief", str(folder), "--format", "docx,xlsx", "--quiet"]) == 0
    assert (folder / "brief.docx").is_file()


def test_runs_that_nobody_makes_are_not_spelt_out():
    assert [runs_text(n) for n in (None, pd.NA, 12, 10_000, 12_345_678)] == ["–", "–", "12", "10,000", "> 10,000"]

"""The scorecard: runs over seeds, every fact with its band, as a table in either language."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

import simulation
from experiments import engine
from experiments.labels import Language, label_text, number_text, phrase
from experiments.tables import text_table
from experiments.validation.facts import BASELINE, FACTS, NO_RELIEF, Fact, Measure, figures_of
from experiments.validation.observation import Observation
from simulation.model import Ecosystem
from simulation.parameters import Label
from simulation.scenario import FIRST_QUARTER

if TYPE_CHECKING:
    from experiments.engine import FinishedRun
    from simulation.scenario import Scenario

INTERVAL = (0.05, 0.95)
FIRM = 0.9
"""Share of seeds in the band from which a measure counts as firmly in it."""
STATISTICS_TABLE = "statistics"
PASS, FAIL, UNDEFINED, REPORTED = "pass", "fail", "undefined", "reported"
VERDICTS = {
    PASS: Label("pass", "通过"),
    FAIL: Label("FAIL", "未过"),
    UNDEFINED: Label("too few data", "数据不足"),
    REPORTED: Label("", ""),
}


def worlds(scenario: Scenario) -> dict[str, Scenario]:
    """Return the worlds that facts need: the scenario, and the same without the certificate's lower tax rate.

    Parameters
    ----------
    scenario : as it is to be validated
    """
    production: Any = scenario.parameters["production"]
    equal = production.model_copy(update={"high_tech_rate": production.standard_rate})
    without = dataclasses.replace(
        scenario,
        name=NO_RELIEF,
        title=Label("Certificates save no tax", "认定不减税"),
        parameters={**scenario.parameters, "production": equal},
    )
    return {BASELINE: dataclasses.replace(scenario, name=BASELINE), NO_RELIEF: without}


def observed_run(scenario: Scenario, seed: int, micro: Sequence[str], micro_every: int) -> simulation.RunResult:
    """Run a world with a seed and keep its outcomes and the figures of the facts; what it was made of is dropped.

    Parameters
    ----------
    scenario, seed : the world, one of `worlds`
    micro, micro_every : not used

    Returns
    -------
    RunResult, its only table of agents being `statistics` with `figure` and `value`
    """
    model = Ecosystem(scenario, rng=seed)
    notes = Observation(model, firms_only=scenario.name != BASELINE)
    while model.running:
        model.step()
        notes.note()
    # Small districts and short runs leave gaps that estimators answer with not-a-number.
    with np.errstate(all="ignore"):
        figures = figures_of(notes.history(), scenario.name)
    outcomes = model.datacollector.get_model_vars_dataframe().loc[FIRST_QUARTER:]
    outcomes.index.name = "quarter"
    outcomes.insert(0, "date", [model.scenario.date(q) for q in outcomes.index])
    table = pd.DataFrame({"figure": list(figures), "value": list(figures.values())})
    return simulation.RunResult(outcomes, {STATISTICS_TABLE: table}, balance_gap=model.balance_gap)


def observed_runs(
    scenarios: Mapping[str, Scenario],
    seeds: Sequence[int],
    *,
    jobs: int | None = None,
    plugins: Sequence[str] = (),
    progress: bool = False,
) -> Iterator[tuple[FinishedRun, pd.DataFrame]]:
    """Run every world with every seed; yield each run without its statistics, and the statistics.

    Parameters
    ----------
    scenarios : of `worlds`
    seeds : common to all worlds
    jobs, plugins, progress : see `experiments.engine.run_many`
    """
    for run in engine.run_many(
        list(scenarios.values()), seeds, jobs=jobs, plugins=plugins, progress=progress, run=observed_run
    ):
        rows = pd.DataFrame({"figure": [], "value": []})
        if run.result is not None:
            rows = run.result.micro[STATISTICS_TABLE]
            run = dataclasses.replace(run, result=dataclasses.replace(run.result, micro={}))
        rows.insert(0, "world", run.scenario)
        rows.insert(1, "seed", run.seed)
        yield run, rows


def scorecard(statistics: pd.DataFrame) -> pd.DataFrame:
    """Return one row for each measure of each fact, with its distribution over seeds and the verdict.

    Parameters
    ----------
    statistics : `world`, `seed`, `figure`, `value`, one row for each figure of each run

    Returns
    -------
    DataFrame with `fact`, `kind`, `label`, `label_zh`, `measure`, `measure_label`, `measure_label_zh`, `world`, `n`,
    `median`, `low`, `high` (90 % interval over seeds), `band_low`, `band_high`, `in_band` (share of seeds), `verdict`
    (of the measure: its median lies in the band), `fact_verdict` (all its judged measures pass), `shares` (a parameter
    of the model with the same source), `source`
    """
    by_figure = {key: rows["value"].to_numpy(float) for key, rows in statistics.groupby(["world", "figure"])}
    rows = []
    for fact in FACTS:
        mine = []
        for measure in fact.measures:
            values = by_figure.get((measure.world, f"{fact.code}.{measure.key}"), np.empty(0))
            mine.append(_row(fact, measure, values[np.isfinite(values)]))
        verdicts = [row["verdict"] for row in mine]
        whole = FAIL if FAIL in verdicts else UNDEFINED if UNDEFINED in verdicts else PASS
        rows += [{**row, "fact_verdict": whole} for row in mine]
    table = pd.DataFrame(rows)
    return table[[*(c for c in table if c != "source"), "source"]]


def _row(fact: Fact, measure: Measure, values: np.ndarray) -> dict[str, Any]:
    n = len(values)
    median, low, high = np.quantile(values, (0.5, *INTERVAL)) if n else (np.nan,) * 3
    verdict = REPORTED if not measure.judged else UNDEFINED if not n else PASS if measure.holds(median) else FAIL
    return {
        "fact": fact.code, "kind": fact.kind, "label": fact.label.en, "label_zh": fact.label.zh,
        "measure": measure.key, "measure_label": measure.label.en, "measure_label_zh": measure.label.zh,
        "world": measure.world, "percent": measure.percent, "n": n,
        "median": float(median), "low": float(low), "high": float(high),
        "band_low": np.nan if measure.low is None else measure.low,
        "band_high": np.nan if measure.high is None else measure.high,
        "in_band": float(np.mean([measure.holds(v) for v in values])) if n and measure.judged else np.nan,
        "verdict": verdict, "shares": fact.shares, "source": fact.source,
    }  # fmt: skip


def counts(card: pd.DataFrame) -> tuple[int, int, int]:
    """Return how many predictions hold, how many of them do so in nine seeds out of ten, and how many there are.

    Consistency checks are not counted.
    """
    rows = card[card["kind"] == "prediction"]
    judged = rows[rows["verdict"] != REPORTED].groupby("fact", sort=False)
    holds = judged["fact_verdict"].first() == PASS
    return int(holds.sum()), int((holds & (judged["in_band"].min() >= FIRM)).sum()), len(holds)


def band_text(low: float, high: float, lang: Language, *, percent: bool = False) -> str:
    """Return a band as people write it: "0.8 to 1.4", "≥ 2", "≤ 0.3"; empty without one."""
    ends = [f"{100 * end if percent else end:.2g}".replace("-", "−") for end in (low, high)]
    unit = " %" if percent else ""
    if np.isfinite(low) and np.isfinite(high):
        return phrase(f"{ends[0]} to {ends[1]}{unit}", f"{ends[0]} 至 {ends[1]}{unit}", "zh" if lang == "zh" else "en")
    return f"≥ {ends[0]}{unit}" if np.isfinite(low) else f"≤ {ends[1]}{unit}" if np.isfinite(high) else ""


def value_text(row: Mapping[str, Any], part: str = "median") -> str:
    """Return a figure of a scorecard's row as people read it."""
    value = float(row[part]) * (100 if row["percent"] else 1)
    return (f"{value:.3f}" if abs(value) < 1e-3 else number_text(value, digits=3)).replace("-", "−")


def scorecard_table(card: pd.DataFrame, lang: Language, *, runs: int) -> str:
    """Return the scorecard as text: predictions with their count, then consistency checks.

    Parameters
    ----------
    card : of `scorecard`
    lang : language of the labels
    runs : seeds that it rests on
    """
    passed, firm, total = counts(card)
    head = phrase(
        f"Stylised facts: {passed} of {total} predictions hold in the median of {runs} runs, "
        f"{firm} of them in nine runs out of ten",
        f"典型事实：{total} 项预测中 {passed} 项按 {runs} 次运行的中位数成立，其中 {firm} 项在九成运行中成立",
        lang, separator="\n",
    )  # fmt: skip
    checks = phrase("Consistency checks (not counted)", "一致性检查（不计入）", lang)
    parts = [head]
    for kind, title in (("prediction", ""), ("consistency", checks)):
        rows = [_cells(row, lang) for row in card[card["kind"] == kind].to_dict("records")]
        header = [
            "", phrase("Fact: statistic", "事实：统计量", lang), phrase("median", "中位数", lang),
            phrase("90 % interval", "90% 区间", lang), phrase("band", "标准", lang),
            phrase("seeds in it", "达标占比", lang), phrase("verdict", "判定", lang), phrase("source", "来源", lang),
        ]  # fmt: skip
        table = text_table(header, _grouped(rows), right=(2, 3, 5))
        parts.append(f"{title}\n\n{table}" if title else table)
    shared = ", ".join(f"{fact.code} {fact.shares}" for fact in FACTS if fact.shares)
    parts.append(phrase(f"* a parameter has the same source: {shared}", f"* 与模型参数同源：{shared}", lang))
    return "\n\n".join(parts)


def _cells(row: Mapping[Any, Any], lang: Language) -> list[str]:
    interval = f"{value_text(row, 'low')}, {value_text(row, 'high')}" if row["n"] else "–"
    inside = f"{100 * row['in_band']:.0f} %" if np.isfinite(row["in_band"]) else ""
    unit = " %" if row["percent"] and row["n"] else ""
    return [
        str(row["fact"]), label_text(Label(row["label"], row["label_zh"]), lang),
        label_text(Label(row["measure_label"], row["measure_label_zh"]), lang),
        value_text(row) + unit, interval,
        band_text(row["band_low"], row["band_high"], lang, percent=row["percent"]), inside,
        label_text(VERDICTS[row["verdict"]], lang), str(row["source"]) + (" *" if row["shares"] else ""),
        label_text(VERDICTS[row["fact_verdict"]], lang),
    ]  # fmt: skip


def _grouped(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    """Return rows with a line for each fact, its verdict and source, above those of its measures."""
    grouped: list[list[str]] = []
    for number, (code, fact, measure, median, interval, band, inside, verdict, source, whole) in enumerate(rows):
        if number == 0 or rows[number - 1][0] != code:
            grouped.append([code, fact, "", "", "", "", whole, source])
        grouped.append(["", f"  {measure}", median, interval, band, inside, verdict, ""])
    return grouped

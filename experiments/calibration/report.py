"""What a calibration says: the region's `calibration.toml`, and short tables for the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tomli_w

from experiments.calibration.identifiability import PINNED
from experiments.calibration.search import Fit, rounded
from experiments.calibration.targets import Target
from experiments.labels import Language, label_text, number_text, phrase
from experiments.tables import text_table

HEAD = """\
# Made by `yanzhen calibrate`; make it anew rather than edit it. Values under [parameters] are the region's defaults:
# they replace those declared in the code, and scenario files and --set replace them.
"""
LEVELS_HEAD = """\
# The fit: target with the range of one tolerance either side, simulated mean over the seeds with their standard
# deviation, and the deviation in tolerances.
"""
IDENTIFIABILITY_HEAD = """\
# What the levels tell about the parameters near these values (Gauss-Newton; a tolerance counts as one standard
# deviation, the bounds as a prior). pinned: share of the doubt within the bounds that the levels remove; error:
# standard error; moves: tolerances by which levels move over the width of the bounds. Eigenvalues of the information
# matrix near zero belong to combinations that the levels leave open.
"""
SPREAD_HEAD = """\
# Sets of values that fit nearly as well: drawn where the levels leave room, run, and kept if their loss lies at most
# the threshold above that of the fitted values, which come first.
"""


def fit_rows(fit: Fit) -> dict[str, dict[str, float]]:
    """Return the fit of each level: simulated mean, standard deviation over seeds, deviations after and before.

    Parameters
    ----------
    fit : a calibration
    """
    rows = {}
    for target in fit.plan.targets:
        values, before = fit.best[target.name], fit.default[target.name]
        rows[target.name] = {
            "simulated": float(values.mean()),
            "seed_deviation": float(values.std(ddof=1)) if len(values) > 1 else float("nan"),
            "deviation": target.deviation(float(values.mean())),
            "before": float(before.mean()),
            "deviation_before": target.deviation(float(before.mean())),
        }
    return rows


def calibration_toml(fit: Fit, about: Mapping[str, Any]) -> str:
    """Return the text of a `calibration.toml`.

    Parameters
    ----------
    fit : a calibration
    about : what was computed, for the record
    """
    groups: dict[str, dict[str, float]] = {}
    for one in fit.plan.free:
        groups.setdefault(one.group, {})[one.name] = fit.values[one.path]
    facts = {"loss": _short(fit.loss), "loss_before": _short(fit.default_loss), "failed_runs": len(fit.failed)}
    parts = [HEAD, tomli_w.dumps({"about": {**about, **facts}}), tomli_w.dumps({"parameters": groups})]
    parts += [LEVELS_HEAD + tomli_w.dumps({"levels": _levels(fit)})]
    parts += [IDENTIFIABILITY_HEAD + _identifiability(fit), SPREAD_HEAD + _spread(fit)]
    return "\n".join(parts)


def _levels(fit: Fit) -> dict[str, Any]:
    table = {}
    for target in fit.plan.targets:
        row = fit_rows(fit)[target.name]
        table[target.name] = {
            "outcome": target.outcome, "when": target.when, "unit": target.unit, "target": target.value,
            "low": _short(target.low), "high": _short(target.high), "weight": target.weight,
            **{key: _short(value) for key, value in row.items() if value == value},
            "source": target.source, "confidence": target.confidence,
        }  # fmt: skip
    return table


def _identifiability(fit: Fit) -> str:
    known, lines = fit.identifiability, ["[identifiability]"]
    lines.append(f"eigenvalues = [{', '.join(str(_short(value)) for value in known.eigenvalues)}]")
    lines.append(f"not_pinned_down = [{', '.join(_quoted(path) for path in fit.open_parameters)}]")
    for place, one in enumerate(fit.plan.free):
        column = known.sensitivity[:, place]
        moves = ", ".join(
            f"{target.name} = {_short(move)}" for target, move in zip(fit.plan.targets, column, strict=True) if move
        )
        lines += [
            "",
            f"[identifiability.{one.path}]",
            f"pinned = {_short(known.pinned[place])}",
            f"error = {_short(known.errors[place] * one.range)}",
            f"bounds = [{one.low}, {one.high}]",
            f"before = {one.default}",
            f"moves = {{ {moves} }}" if moves else "moves = {}",
        ]
    return "\n".join(lines) + "\n"


def _spread(fit: Fit) -> str:
    paths = [one.path for one in fit.plan.free]
    rows = [f"  [{', '.join(str(value) for value in row)}]," for row in fit.spread[paths].to_numpy(float).tolist()]
    return "\n".join(
        [
            "[spread]",
            f"threshold = {fit.plan.threshold}",
            f"drawn = {fit.drawn}",
            f"parameters = [{', '.join(map(_quoted, paths))}]",
            f"loss = [{', '.join(str(_short(loss)) for loss in fit.spread['loss'])}]",
            "sets = [",
            *rows,
            "]\n",
        ]
    )


def _quoted(text: str) -> str:
    return f'"{text}"'


def _short(value: float) -> float:
    return rounded({"": float(value)})[""]


def fit_table(fit: Fit, lang: Language) -> str:
    """Return the fit of the levels as text.

    Parameters
    ----------
    fit : a calibration
    lang : language of labels and headers
    """
    header = [
        phrase("Level", "水平", lang), phrase("date", "时间", lang), phrase("target", "目标", lang),
        phrase("one tolerance", "一个容差区间", lang), phrase("before", "拟合前", lang),
        phrase("fitted", "拟合后", lang), phrase("off, tolerances", "偏差（容差）", lang), phrase("unit", "单位", lang),
    ]  # fmt: skip
    rows = []
    for target in fit.plan.targets:
        row = fit_rows(fit)[target.name]
        factor, unit = shown_level(target, lang)
        value, low, high, before, after = (
            number_text(number * factor)
            for number in (target.value, target.low, target.high, row["before"], row["simulated"])
        )
        off = number_text(row["deviation"], sign=True, digits=2)
        rows.append([label_text(target.label, lang), target.when, value, f"{low}–{high}", before, after, off, unit])
    seeds = len(fit.settings.seeds)
    head = phrase(
        f"Loss {number_text(fit.loss)} (before: {number_text(fit.default_loss)}), mean of {seeds} seeds",
        f"损失 {number_text(fit.loss)}（拟合前 {number_text(fit.default_loss)}），{seeds} 个种子的均值",
        lang,
        separator="\n",
    )
    return f"{head}\n\n{text_table(header, rows, right=(2, 3, 4, 5, 6))}"


def parameters_table(fit: Fit, lang: Language) -> str:
    """Return the fitted parameters, and how far the levels pin them down, as text.

    Parameters
    ----------
    fit : a calibration
    lang : language of labels and headers
    """
    header = [
        phrase("Parameter", "参数", lang), "", phrase("before", "拟合前", lang), phrase("fitted", "拟合后", lang),
        phrase("std. error", "标准误", lang), phrase("bounds", "范围", lang), phrase("pinned down", "被水平确定", lang),
    ]  # fmt: skip
    rows = []
    for one, share, error in zip(fit.plan.free, fit.identifiability.pinned, fit.identifiability.errors, strict=True):
        told = f"{100 * share:.0f} %" + ("" if share >= PINNED else phrase(" (no)", "（否）", lang, separator=""))
        rows.append(
            [one.path, label_text(one.label, lang), f"{one.default:g}", f"{fit.values[one.path]:g}",
             f"{error * one.range:.2g}", f"{one.low:g}–{one.high:g}", told]
        )
    near, drawn = fit.kept, fit.drawn
    note = phrase(
        f"{near} of {drawn} sets drawn around the fit are nearly as good (loss at most {fit.plan.threshold:g} above).",
        f"在拟合值附近抽取的 {drawn} 组参数中，{near} 组几乎同样好（损失至多高 {fit.plan.threshold:g}）。",
        lang,
        separator="\n",
    )
    parts = [text_table(header, rows, right=(2, 3, 4, 5, 6)), note]
    if named := ", ".join(fit.at_bounds):
        parts.append(phrase(
            f"Fitted next to a bound, where a wider range may fit better: {named}.",
            f"拟合值紧靠范围边界，放宽范围可能更合：{named}。",
            lang,
            separator="\n",
        ))  # fmt: skip
    return "\n\n".join(parts)


LEVEL_UNITS = {
    "million CNY/year": ("million CNY a year", "百万元/年"),
    "million people": ("million people", "百万人"),
    "FTE": ("full-time equivalents", "人年"),
    "firm": ("firms", "家"),
    "person": ("people", "人"),
    "patents/10000 people": ("patents per 10,000 people", "件/万人"),
}


def shown_level(target: Target, lang: Language) -> tuple[float, str]:
    """Return the factor and the unit with which a level is shown; shares become per cent.

    Parameters
    ----------
    target : declares the unit
    lang : language of the unit
    """
    if target.unit in ("1", "1/year"):
        yearly = phrase(" a year", "/年", lang, separator="") if target.unit == "1/year" else ""
        return 100.0, "%" + yearly
    en, zh = LEVEL_UNITS.get(target.unit, (target.unit, target.unit))
    return 1.0, phrase(en, zh, lang)

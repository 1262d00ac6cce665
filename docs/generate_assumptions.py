"""Write docs/assumptions.md: the numbers of the model ranked by how much the results depend on them.

Run with `python docs/generate_assumptions.py [DIR ...]`, each a folder of a finished sweep that `yanzhen sensitivity`
has read. Their shares are kept in experiments/sensitivity/influences.csv; without folders the page is written again
from that file.
"""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Any

import pandas as pd

PAGE = Path(__file__).with_name("assumptions.md")
TABLE = PAGE.parents[1] / "experiments" / "sensitivity" / "influences.csv"
sys.path.insert(0, str(PAGE.parents[1]))

from experiments.store import ResultFolder  # noqa: E402
from simulation import load_scenario, scenario  # noqa: E402
from simulation.parameters import PARAMETERS, ParameterDoc, describe  # noqa: E402

MAIN = ("mu_star", "total")
CHANCE = 0.8
"""Median total index of all numbers from which an effect counts as chance: a sum of parts would have far less."""
STRONG = 0.01
"""Mean share of all influence from which an assumption counts as strong."""

HEAD = """# Assumptions that matter 关键假设台账

Made by `python docs/generate_assumptions.py` from screening sweeps; do not edit. Every single number that a process
reads, with its source, and how much results depend on it while it goes a fifth of its value up and down. Influence is
the number's share of all influence on an outcome (Morris' mean absolute effect), averaged over the outcomes of the
screening; it says nothing of whether the value is right. Confidence is what the declared source allows: *measured*
(fitted to the district's levels, or a statistic), *literature* (a publication or programme), *assumption* (a choice of
the authors, or from a sketch). Strong assumptions are where evidence would help most.

由筛选实验自动生成，请勿手工修改。影响力为该数值在 ±20% 范围内变动时占某结果全部影响的份额
（Morris 平均绝对效应），并对各结果取平均；影响力大并不说明取值正确或错误。
可信度依声明来源分为：measured 实测/校准、literature 文献或政策文件、assumption 作者假设。
"""


def documents() -> dict[str, tuple[Any, ParameterDoc, bool]]:
    """Return the baseline's value and the declaration of every number by path, and whether the region fitted it."""
    scenario.declare()
    base = load_scenario("baseline")
    fitted = base.region.calibration
    found = {}
    for group, cls in PARAMETERS.items():
        own = {} if fitted is None else fitted.parameters.get(group, {})
        for doc in describe(cls):
            value = getattr(base.parameters[group], doc.name)
            found[f"parameters.{group}.{doc.name}"] = (value, doc, doc.name in own)
    return found


def confidence(source: str, fitted: bool) -> str:
    """Return how well a value is founded, from its declared source."""
    if fitted:
        return "measured (fitted)"
    if source.startswith(("assumption", "prototype")):
        return "assumption"
    return "measured" if any(word in source.lower() for word in ("yearbook", "bureau", "statistic")) else "literature"


def shares(folder: Path) -> pd.DataFrame:
    """Return for every factor of a Morris sweep its share of the influence on each outcome, and where it is strongest.

    Parameters
    ----------
    folder : of a sweep that has a sensitivity.parquet

    Returns
    -------
    one row per factor and scenario (levels of the first, effects of the others)
    """
    manifest = ResultFolder.open(folder).manifest
    table = pd.read_parquet(folder / "sensitivity.parquet")
    table = table[table["index"].isin(MAIN)]
    typed = ["yanzhen", *manifest["command"][1:]]
    if "--out" in typed:
        del typed[typed.index("--out") : typed.index("--out") + 2]
    keys = ["factor", "kind", "scenario"]
    told = [*keys, "outcome", "index", "value", "low", "high", "n"]
    top = table.loc[table.groupby(keys, sort=False)["share"].idxmax(), told]
    wide = table.pivot_table(index=keys, columns="outcome", values="share", sort=False).add_prefix("share_")
    found = top.rename(columns={"outcome": "most_on"}).merge(wide.reset_index(), on=keys)
    more = 2 if "total" in set(table["index"]) else 1  # Saltelli's blocks, Morris' trajectories
    points = int(table["n"].max()) * (table["factor"].nunique() + more)
    whole = points * table["scenario"].nunique() * len(manifest["seeds"])
    return found.assign(command=shlex.join(typed), runs=whole, total=manifest["total"])


def about(table: pd.DataFrame, number: int, command: str) -> str:
    """Return what a sweep was, as an entry of a list."""
    rows = table[table["command"] == command]
    intervals = "no intervals, a ranking only" if rows["low"].isna().all() else f"intervals in {TABLE.name}"
    outcomes = [name.removeprefix("share_") for name in table.columns if name.startswith("share_")]
    scenarios = ", ".join(dict.fromkeys(rows["scenario"]))
    return (
        f"{number}. `{command}`: {rows['factor'].nunique()} numbers; {scenarios}; {rows['runs'].iloc[0]} runs "
        f"of {rows['total'].iloc[0]} counted, n = {int(rows['n'].max())} ({intervals}). "
        f"Outcomes: {', '.join(outcomes)}."
    )


def page(table: pd.DataFrame) -> str:
    """Return the page as text.

    Parameters
    ----------
    table : as `shares` returns it, of one sweep or more; the first is of all numbers
    """
    known, sweeps = documents(), list(dict.fromkeys(table["command"]))
    columns = [name for name in table.columns if name.startswith("share_")]
    table = table.assign(mean=table[columns].mean(axis=1), place=table["command"].map(sweeps.index) + 1)
    ranks = table.pivot_table(index="factor", columns=["place", "kind"], values="mean", aggfunc="mean")
    ranks.columns = [f"{place}: {kind}s" for place, kind in ranks.columns]
    first = table[table["place"] == 1]
    touched = first.groupby("factor")["mean"].max()
    screened = first[first["kind"] == "level"].groupby("factor")["mean"].mean()
    lines = [HEAD, *(about(table, number, command) for number, command in enumerate(sweeps, start=1))]
    lines.append(
        f"\nIn the first, {(touched == 0).sum()} of {len(touched)} numbers change none of the outcomes at all, and "
        f"{(screened >= STRONG).sum()} have at least {STRONG:.0%} of the influence on levels, by which numbers are "
        f"ranked; with equal influence each would have {1 / len(screened):.2%}.\n"
        "A small district magnifies luck: shares of a few tenths of a per cent, and the "
        "order of neighbours, may be chance, for effects of policies, which are small differences, more than for "
        "levels: \"most on\" tells the half-width of the 95 % interval of Morris' mean absolute effect (Sobol's total "
        "share) where its share is largest.\n"
    )
    totals = table[table["index"] == "total"].groupby("kind")["value"].median()
    if totals.get("effect", 0.0) > CHANCE:
        lines.append(
            f"Where a number's total Sobol index is largest, the median over the numbers is {totals['effect']:.2g} for "
            f"effects and {totals['level']:.2g} for levels. A total near one for all numbers alike means that any "
            "change redraws the luck of the few firms of a small district: **effects at this scale cannot be traced "
            "to single numbers**, only levels can. 小区域中各数值对政策效应的总指数均接近一，说明任何改动都会重抽"
            "少数企业的运气：此规模下效应无法归因于单个数值，只有水平可以。\n"
        )
    # What a later sweep looked at again is ranked by the later one.
    last = ranks[ranks.columns[::-1]].notna().idxmax(axis=1).str.split(":").str[0].astype(int)
    # Effects of policies in a small district are mostly chance, so that levels rank.
    own = pd.Series({factor: ranks.loc[factor, f"{place}: levels"] for factor, place in last.items()})
    order = pd.DataFrame({"sweep": last, "share": own}).sort_values(["sweep", "share"], ascending=False).index
    strongest = table.sort_values("place").groupby("factor").tail(table["scenario"].nunique())
    # A level, where the number moves one: it is told from chance more surely than an effect.
    weight = strongest["mean"] + ((strongest["kind"] == "level") & (strongest["mean"] > 0.0))
    strongest = strongest.loc[weight.groupby(strongest["factor"]).idxmax()].set_index("factor")
    header = ["#", "parameter", "unit", "value", "source", "confidence", *ranks.columns, "most on"]
    lines += ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    for number, factor in enumerate(order, start=1):
        if factor not in known:
            continue
        value, doc, fitted = known[factor]
        unit = doc.unit + (f" a {doc.per}" if doc.per else "")
        told = ["" if pd.isna(share) else f"{share:.2%}" for share in ranks.loc[factor]]
        name, trust = factor.removeprefix("parameters."), confidence(doc.source, fitted)
        cells = [str(number), f"`{name}`", unit, f"{value:g}", doc.source, trust, *told, most_on(strongest.loc[factor])]
        lines.append("| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |")
    left_out = [f"`{path.removeprefix('parameters.')}`" for path in sorted(known) if path not in screened.index]
    why = "lists of numbers, zeros, shares that must add up to one, and what was declared since"
    lines.append(f"\nNot varied ({len(left_out)}; {why}): {', '.join(left_out)}.\n")
    return "\n".join(lines)


def most_on(row: pd.Series) -> str:
    """Return which outcome, or effect of a scenario, a number has the largest share of, and how sure that is."""
    if not row["mean"] > 0:
        return "nothing"
    half = (row["high"] - row["low"]) / 2 / row["value"]
    width = "" if pd.isna(half) else " (±>100%)" if half > 1.0 else f" (±{half:.0%})"
    told = f"effect of {row['scenario']} on {row['most_on']}" if row["kind"] == "effect" else str(row["most_on"])
    return told + width


if __name__ == "__main__":
    if sys.argv[1:]:
        pd.concat([shares(Path(name)) for name in sys.argv[1:]]).to_csv(TABLE, index=False, float_format="%.4g")
    PAGE.write_text(page(pd.read_csv(TABLE)), encoding="utf-8")

"""E3, a ranked small grant: venture finance of winners against near losers (Howell 2017)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from experiments.evidence.claims import Claim, Statistic, over_seeds
from experiments.evidence.worlds import BASE, GRANTS, ONE_GRANT, SECOND_CALL, Array, Log, Logs
from simulation.dates import FIRST_QUARTER
from simulation.parameters import Label

WINDOW = 8
"""Quarters after the call in which venture finance counts."""
NEAR = 0.5
"""Places from the cutoff that count as near, as a share of the grants of the call."""
BUFFER, SMALLEST_BASE = 0.25, 0.3
"""A firm is short of cash below this share of a quarter's sales (of at least 0.3 million CNY): it cuts planned R&D."""
Sums = tuple[np.ndarray, np.ndarray]
COLUMNS = ("call", "number", "place", "won", "earlier", "young", "short", "vc", "twin")
PUBLISHED = "10 → 19 % (×1.9)"


def financed(logs: list[Log], call: int, last: int) -> Array:
    """Return keys of firms that close a venture round in the window after a call."""
    found = [np.empty(0, dtype=np.int64)]
    for log in logs[call + 1 : min(call + WINDOW, last) + 1]:
        deals = log["deals"]
        if deals:
            found.append(deals["firm_key"][(deals["firm_key"] > 0) & ~deals["exited"]])
    return np.unique(np.concatenate(found))


def reduce(logs: Logs, last: int) -> dict[str, pd.DataFrame]:
    """Return one row for each proposal near enough to the cutoff: its place, and venture finance in both worlds.

    Parameters
    ----------
    logs : of the worlds `baseline`, `grants` and `one_grant`
    last : last quarter of the run; calls whose window is not over by then are left out
    """
    frames = []
    for call in range(FIRST_QUARTER, last - WINDOW + 1):
        proposals = logs[GRANTS][call]["grants"] if call < len(logs[GRANTS]) else {}
        if not proposals:
            continue
        number = int(proposals["won"].sum())
        keep = proposals["place"] < 3 * number
        key, earlier = proposals["firm_key"][keep], proposals["earlier"][keep]
        vc = np.isin(key, financed(list(logs[GRANTS]), call, last))
        twin = np.isin(key, financed(list(logs[BASE]), call, last))
        if call == SECOND_CALL:
            # A second grant is compared with the world in which nobody may win twice.
            twin = np.where(earlier > 0, np.isin(key, financed(list(logs[ONE_GRANT]), call, last)), twin)
        short = proposals["cash"] < BUFFER * np.maximum(proposals["sales"], SMALLEST_BASE)
        frames.append(
            pd.DataFrame(
                {
                    "call": call, "number": number, "place": proposals["place"][keep], "won": proposals["won"][keep],
                    "earlier": earlier, "young": proposals["age"][keep] <= np.median(proposals["age"]),
                    "short": short[keep], "vc": vc, "twin": twin,
                }
            )
        )  # fmt: skip
    return {"e3_proposals": pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=list(COLUMNS))}


def near_cutoff(proposals: pd.DataFrame) -> pd.DataFrame:
    """Return the proposals within the window around the cutoff of their call, as many places on either side."""
    distance = proposals["place"] - proposals["number"]
    reach = NEAR * proposals["number"]
    return proposals[(distance >= -reach) & (distance < reach)]


def group_sums(rows: pd.DataFrame, seeds: pd.Index) -> np.ndarray:
    """Return (seeds, 6): winners, losers, rounds of winners, losers, and of the twins of both.

    Parameters
    ----------
    rows : proposals of a group, with `seed`
    seeds : all seeds, so that a seed without a case counts as one
    """
    won, vc, twin = rows["won"], rows["vc"], rows["twin"]
    parts = {
        "winners": won, "losers": ~won, "vc_winners": vc & won, "vc_losers": vc & ~won,
        "twin_winners": twin & won, "twin_losers": twin & ~won,
    }  # fmt: skip
    table = pd.DataFrame(parts).astype(float).groupby(rows["seed"]).sum()
    return table.reindex(seeds, fill_value=0.0).to_numpy()


def near_ratio(sums: np.ndarray) -> np.ndarray:
    """Return the share of winners with venture finance over that of near losers, from `group_sums` (..., 6)."""
    return (sums[..., 2] / sums[..., 0]) / (sums[..., 3] / sums[..., 1])


def twin_ratio(sums: np.ndarray) -> np.ndarray:
    """Return the share of winners with venture finance over that of their own twins, from `group_sums` (..., 6)."""
    return sums[..., 2] / sums[..., 4]


def near_points(sums: np.ndarray) -> np.ndarray:
    """Return the share of winners with venture finance less that of near losers, in points, from (..., 6)."""
    return 100.0 * (sums[..., 2] / sums[..., 0] - sums[..., 3] / sums[..., 1])


def twin_points(sums: np.ndarray) -> np.ndarray:
    """Return the share of winners with venture finance less that of their own twins, in points, from (..., 6)."""
    return 100.0 * (sums[..., 2] - sums[..., 4]) / sums[..., 0]


def quotient(statistic: Statistic) -> Statistic:
    """Return the statistic of one group over that of another, from the sums of both (..., 12)."""
    return lambda sums: statistic(sums[..., :6]) / statistic(sums[..., 6:])


def difference(statistic: Statistic) -> Statistic:
    """Return the statistic of one group less that of another, from the sums of both (..., 12)."""
    return lambda sums: statistic(sums[..., :6]) - statistic(sums[..., 6:])


BY_AGE = Label(
    "Constrained, as the source reads it: age up to the median of the call's applicants. ",
    "融资约束按来源口径：年龄不高于当次申请者中位数。",
)
BY_CASH = Label(
    "Constrained by the books: cash below a quarter of a quarter's sales, where planned R&D is cut. ",
    "按账面：现金低于季销售额的四分之一，此时计划研发被削减。",
)
IN_POINTS = Label("In points, as the source's linear model has it.", "以百分点计，与来源线性模型一致。")
AGAIN = Label(
    "Twin: winners of a second grant at the second call against themselves where nobody may win twice. ",
    "双生：第二次征集中再次获资助的企业与其自身在不得重复获资助世界的对比。",
)


def claims(tables: dict[str, pd.DataFrame]) -> list[Claim]:
    """Return the claims of E3 from the rows of all seeds."""
    rows = tables["e3_proposals"]
    seeds = pd.Index(sorted(rows["seed"].unique()))
    near = near_cutoff(rows)

    def both(group: pd.Series) -> tuple[np.ndarray, np.ndarray]:
        """Return sums of a group for the estimator, near the cutoff, and for the truth, all winners."""
        return group_sums(near[group[near.index]], seeds), group_sums(rows[group & rows["won"]], seeds)

    def contrasts(
        name: str, one: Sums, other: Sums, words: Label, above: bool, counted: bool, note: Label
    ) -> list[Claim]:
        """Return claims on the effect in one group against that in another, in points and as a ratio."""
        pair = [np.hstack(sums) for sums in zip(one, other, strict=True)]
        published = "> 0" if above else "< 0"
        band, ratio_band = ((edge, np.inf) if above else (-np.inf, edge) for edge in (0.0, 1.0))
        return [
            Claim(
                "E3", name, Label(f"Effect on VC, {words.en}, points", f"对获投的效应：{words.zh}，百分点"),
                published, *band,
                over_seeds(pair[0], difference(near_points)), over_seeds(pair[1], difference(twin_points)),
                counted=counted, note=Label(note.en + IN_POINTS.en, note.zh + IN_POINTS.zh),
            ),
            Claim(
                "E3", f"{name}_ratio", Label(f"The same as ratio of ratios, {words.en}", f"同上，比值之比：{words.zh}"),
                published.replace("0", "1"), *ratio_band, over_seeds(pair[0], quotient(near_ratio)),
                over_seeds(pair[1], quotient(twin_ratio)), counted=False, note=note,
            ),
        ]  # fmt: skip

    first, second = rows["earlier"] == 0, rows["earlier"] == 1
    estimator, truth = both(first)
    again = rows[second & (rows["call"] == SECOND_CALL) & rows["won"]]
    return [
        Claim(
            "E3", "winners", Label("VC within 8 quarters, winners / near losers", "八季内获投概率：获资助/临界落选"),
            PUBLISHED, 1.4, 2.8, over_seeds(estimator, near_ratio), over_seeds(truth, twin_ratio),
            note=Label(
                "First-time applicants within half the number of grants around the cutoff, three yearly calls; "
                "twin: all first-time winners against themselves without any grants.",
                "首次申请者，名次在入选线上下各半数名额以内，三次年度征集；"
                "双生：全部首次获资助企业与其自身在无资助世界的对比。",
            ),
        ),
        *contrasts("constrained", both(first & rows["young"]), both(first & ~rows["young"]),
                   Label("young less older", "年轻减较老"), True, True, BY_AGE),
        *contrasts("cash", both(first & rows["short"]), both(first & ~rows["short"]),
                   Label("short of cash less others", "现金短缺减其他"), True, False, BY_CASH),
        *contrasts("second", (both(second)[0], group_sums(again, seeds)), (estimator, truth),
                   Label("second grant less first", "第二次减首次"), False, True, AGAIN),
    ]  # fmt: skip

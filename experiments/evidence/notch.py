"""E2, the notch of the high-tech tax rate: bunching, relabelled and real R&D (Chen, Liu, Suarez Serrato, Xu 2021)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from experiments.evidence.claims import Claim, over_seeds
from experiments.evidence.worlds import BASE, FLAT_TAX, Array, Log, Logs
from simulation.dates import FIRST_QUARTER
from simulation.parameters import Label

READ_FROM, READ_EVERY = FIRST_QUARTER + 4, 4
"""First quarter whose books are read, and quarters between readings."""
WIDTH, HIGHEST = 0.05, 2.5
"""Width of the bins of reported R&D over sales relative to the threshold, and where they end."""
EDGES = np.round(np.arange(0.0, HIGHEST + WIDTH / 2, WIDTH), 10)
LEFT = np.round(EDGES[:-1], 10)
FITTED, UPPER = (0.1, 2.5), 1.2
"""Range in which the smooth density is sought, and where bunching ends above the threshold."""
JUST_ABOVE = (1.0, 1.1)
DEGREE = 4
THRESHOLDS, BANDS = (0.05, 0.04, 0.03), (50.0, 200.0)
"""R&D over sales asked for, by yearly sales (million CNY); the certification rules."""


def books(log: Log) -> dict[str, Array]:
    """Return each firm's reported R&D over sales relative to its threshold, and its R&D of the quarter."""
    f = log["firms"]
    threshold = np.asarray(THRESHOLDS)[np.searchsorted(np.asarray(BANDS), f["sales_year"])]
    ratio = f["rd_reported_3y"] / np.maximum(f["sales_3y"], 1e-6)
    relabelled = (f["rd_reported"] - f["rd_spend"]) / np.maximum(f["sales"], 1e-6)
    return {
        "position": ratio / threshold, "relabelled_position": relabelled / threshold,
        "reported": f["rd_reported"], "real": f["rd_spend"],
    }  # fmt: skip


def reduce(logs: Logs, last: int) -> dict[str, pd.DataFrame]:
    """Return one row for each bin and world: firms, and sums of what they report and do.

    Parameters
    ----------
    logs : of the worlds `baseline` (the lower rate) and `flat_tax` (one rate for all)
    last : last quarter of the run
    """
    frames = []
    for world in (BASE, FLAT_TAX):
        quarters = range(READ_FROM, min(last, len(logs[FLAT_TAX]) - 1) + 1, READ_EVERY)
        parts = [books(logs[world][q]) for q in quarters]
        whole = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        place = np.minimum((whole["position"] / WIDTH + 1e-9).astype(np.int64), len(LEFT))
        columns = {"firms": np.ones(len(place)), **whole}
        sums = {name: np.bincount(place, values, len(LEFT) + 1) for name, values in columns.items()}
        frames.append(pd.DataFrame({"notch": world == BASE, "bin": np.arange(len(LEFT) + 1), **sums}))
    return {"e2_bins": pd.concat(frames, ignore_index=True)}


def _among(low: float, high: float) -> Array:
    """Return the bins from one position up to another, (n,) int."""
    return np.flatnonzero((low <= LEFT) & (high > LEFT))


_FITTED, _ABOVE, _EXCESS = _among(*FITTED), _among(*JUST_ABOVE), _among(1.0, UPPER)
_LOWER = np.round(np.arange(0.95, 0.25, -WIDTH), 10)
"""Where the hole below the threshold may begin, the narrowest first."""


class Smooth(NamedTuple):
    """The density without a notch, and the range around the threshold that the notch disturbs."""

    counts: Array
    """(..., B) firms by bin; in the disturbed range as many as there are."""
    disturbed: Array
    """(..., B) bool."""


def counterfactual(counts: Array) -> Smooth:
    """Return the density without a notch: a polynomial fitted outside the range that the notch disturbs.

    The range ends where bunching ends, and begins where the firms missing below make up for those in excess above; if
    they never do, the widest is taken. Inside, the polynomial is scaled to the number of firms there.

    Parameters
    ----------
    counts : (..., B) firms by bin

    References
    ----------
    Kleven and Waseem (2013), Using notches to uncover optimization frictions.
    """
    counts = np.asarray(counts, dtype=float)
    basis = np.vander(LEFT / HIGHEST, DEGREE + 1)
    best, disturbed = np.zeros_like(counts), np.zeros(counts.shape, dtype=bool)
    open_ = np.ones(counts.shape[:-1], dtype=bool)
    for lower in _LOWER:
        inside = (lower <= LEFT) & (UPPER > LEFT)
        free = np.setdiff1d(_FITTED, np.flatnonzero(inside))
        fit = np.maximum(counts[..., free] @ np.linalg.pinv(basis[free]).T @ basis.T, 0.0)
        gap = counts - fit
        missing = -gap[..., inside & (LEFT < 1.0)].sum(axis=-1)
        closes = (missing >= gap[..., _EXCESS].sum(axis=-1)) | (lower == _LOWER[-1])
        take = (open_ & closes)[..., None]
        scale = counts[..., inside].sum(axis=-1) / np.maximum(fit[..., inside].sum(axis=-1), 1e-9)
        best = np.where(take, np.where(inside, fit * scale[..., None], fit), best)
        disturbed = np.where(take, inside, disturbed)
        open_ &= ~closes
    return Smooth(best, disturbed)


COLUMNS = ("firms", "position", "relabelled_position", "reported", "real")


def _split(sums: Array) -> dict[str, Array]:
    """Return columns (..., B + 1) by name and world from sums (..., 2 * 5 * (B + 1))."""
    size = len(LEFT) + 1
    names = [f"{name}_{world}" for world in ("on", "off") for name in COLUMNS]
    return {name: sums[..., i * size : (i + 1) * size] for i, name in enumerate(names)}


def mass_above(sums: Array, world: str = "on") -> Array:
    """Return firms just above the threshold over those of the smooth density."""
    counts = _split(sums)[f"firms_{world}"][..., :-1]
    return counts[..., _ABOVE].sum(axis=-1) / counterfactual(counts).counts[..., _ABOVE].sum(axis=-1)


def mass_without(sums: Array) -> Array:
    """Return the same where the tax benefit is off."""
    return mass_above(sums, "off")


def true_mass(sums: Array) -> Array:
    """Return firms just above the threshold over those just there in the world without the lower rate."""
    parts = _split(sums)
    return parts["firms_on"][..., _ABOVE].sum(axis=-1) / parts["firms_off"][..., _ABOVE].sum(axis=-1)


def _means(sums: Array) -> tuple[Array, Array, Array]:
    """Return mean positions in the disturbed range: as reported, relabelled, and of the smooth density."""
    parts = _split(sums)
    counts = parts["firms_on"][..., :-1]
    smooth = counterfactual(counts)
    firms = (counts * smooth.disturbed).sum(axis=-1)
    reported, relabelled = (
        (parts[f"{name}_on"][..., :-1] * smooth.disturbed).sum(axis=-1) / firms
        for name in ("position", "relabelled_position")
    )
    without = (smooth.counts * smooth.disturbed * (LEFT + WIDTH / 2)).sum(axis=-1) / firms
    return reported, relabelled, without


def relabelled_share(sums: Array) -> Array:
    """Return the relabelled part of the rise of reported R&D over the smooth density, in per cent."""
    reported, relabelled, without = _means(sums)
    return 100.0 * relabelled / (reported - without)


def real_rise(sums: Array) -> Array:
    """Return by how much real R&D of firms in the disturbed range exceeds that of the smooth density, in per cent."""
    reported, relabelled, without = _means(sums)
    return 100.0 * ((reported - relabelled) / without - 1.0)


def _totals(sums: Array) -> tuple[Array, Array, Array, Array]:
    parts = _split(sums)
    reported, real = (parts[f"{name}_on"].sum(axis=-1) for name in ("reported", "real"))
    return reported, real, parts["reported_off"].sum(axis=-1), parts["real_off"].sum(axis=-1)


def true_relabelled_share(sums: Array) -> Array:
    """Return the part of the response of all firms' reported R&D that is not real, in per cent."""
    reported, real, reported_off, real_off = _totals(sums)
    return 100.0 * (1.0 - (real - real_off) / (reported - reported_off))


def true_real_rise(sums: Array) -> Array:
    """Return by how much the lower rate raises real R&D of all firms, in per cent."""
    _, real, _, real_off = _totals(sums)
    return 100.0 * (real / real_off - 1.0)


def bunchers_relabelled(sums: Array) -> Array:
    """Return the relabelled part of all R&D that firms just above the threshold report, in per cent."""
    parts = _split(sums)
    reported = parts["reported_on"][..., _ABOVE].sum(axis=-1)
    return 100.0 * (1.0 - parts["real_on"][..., _ABOVE].sum(axis=-1) / reported)


def claims(tables: dict[str, pd.DataFrame]) -> list[Claim]:
    """Return the claims of E2 from the bins of all seeds."""
    table = tables["e2_bins"].sort_values(["seed", "notch", "bin"], ascending=[True, False, True])
    cube = table[list(COLUMNS)].to_numpy(float).reshape(-1, 2, len(LEFT) + 1, len(COLUMNS))
    sums = np.moveaxis(cube, 3, 2).reshape(len(cube), -1)
    by_switch = Label(
        "The band is held against the switch of the rate, as the source's 24 % is structural; ",
        "来源的24%为结构估计，故以税率开关对比结果判定；",
    )
    return [
        Claim(
            "E2", "bunching", Label("Firms just above the notch over the smooth density", "门槛上方企业数/平滑密度"),
            "> 1", 1.1, np.inf, over_seeds(sums, mass_above), over_seeds(sums, true_mass),
            note=Label(
                "Reported R&D over three years' sales within a tenth above the threshold; polynomial fitted outside "
                "the range where missing firms make up for those in excess; twin: over the count where all pay 25 %.",
                "三年申报研发强度位于门槛之上一成以内；多项式在缺失与过剩企业相抵的范围之外拟合；"
                "双生：与全部企业按25%纳税世界的企业数之比。",
            ),
        ),
        Claim(
            "E2", "no_bunching", Label("The same where the lower rate is off", "取消优惠税率时的同一比值"),
            "≈ 1", 0.9, 1.1, over_seeds(sums, mass_without), note=Label("Same estimator.", "同一估计方法。"),
        ),
        Claim(
            "E2", "relabelled", Label("Relabelled part of the rise in reported R&D, %", "申报研发增量中重新归类，%"),
            "24 % (24–45 %)", 15.0, 45.0, over_seeds(sums, relabelled_share), over_seeds(sums, true_relabelled_share),
            judged_by_twin=True,
            note=Label(
                by_switch.en + "estimator: relabelled R&D over the rise above the smooth density, firms alike; twin: "
                "money of all firms.",
                by_switch.zh + "估计：重新归类额与相对平滑密度增量之比（企业等权）；双生：全部企业金额。",
            ),
        ),
        Claim(
            "E2", "level", Label("Relabelled part of R&D reported above the notch, %", "门槛上方申报研发中重新归类，%"),
            "24 %", 15.0, 45.0, over_seeds(sums, bunchers_relabelled), counted=False,
            note=Label("Firms within a tenth above the threshold.", "门槛之上一成以内的企业。"),
        ),
        Claim(
            "E2", "real", Label("Rise of real R&D, %", "真实研发增幅，%"), "> 0", 0.0, np.inf,
            over_seeds(sums, real_rise), over_seeds(sums, true_real_rise), judged_by_twin=True,
            note=Label(
                by_switch.en + "estimator: firms in the disturbed range over the smooth density; twin: all firms.",
                by_switch.zh + "估计：受扰范围内企业相对平滑密度；双生：全部企业。",
            ),
        ),
    ]

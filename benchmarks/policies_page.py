"""The page of policies_table.py: effects with intervals, the rebate of the same yuan, costs, neighbours, a reading."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from experiments.costs import INTEREST, READINGS, costs_of_runs
from experiments.labels import KEY_OUTCOMES, known_outcomes, number_text, shown_unit
from experiments.rebates import REBATE, between_levels
from experiments.statistics import paired_effects
from simulation.scenario import load_scenario

BASELINE, EQUAL = "baseline", "equal"
LEVEL = 0.05
NET = {"firms": "neighbour_loss_firms", "talent_total": "neighbour_loss_talent"}
UNITS = ("jobs", "high_tech_enterprises", "patents_in_force", "firms")


def equal_rebates(last: pd.DataFrame, money: pd.DataFrame, policy: str, names: list[str]) -> pd.DataFrame:
    """Return, seed by seed, the outcomes of a rebate that pays as much as a policy paid."""
    levels = sorted((name for name in last["scenario"].unique() if name.startswith(f"{REBATE}_")),
                    key=lambda name: int(name.rsplit("_", 1)[1]))
    table = between_levels(last, money["paid"].to_dict(), policy, BASELINE, levels, names)
    return table.assign(scenario=EQUAL, quarter=last["quarter"].iloc[0])


def effects_of(last: pd.DataFrame, money: pd.DataFrame, policies: list[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return paired effects against no policy, and against the rebate of the same yuan, on the key outcomes."""
    key = list(KEY_OUTCOMES)
    kept = last[["scenario", "seed", "quarter", *key]]
    plain = paired_effects(kept, BASELINE, policies)
    beside = [paired_effects(pd.concat([kept[kept["scenario"] == policy], equal_rebates(kept, money, policy, key)]),
                             EQUAL, [policy]) for policy in policies]
    return plain, pd.concat(beside, ignore_index=True)


def title(name: str) -> str:
    """Return a scenario's name and title as the page shows them."""
    return f"`{name}` {load_scenario(name).title.zh}"


def cell(row: pd.Series) -> str:
    """Return effect and interval, in bold where the effect can be told from zero."""
    outcome = known_outcomes([row["outcome"]])[row["outcome"]]
    factor = shown_unit(outcome, "en", difference=True).factor
    effect, low, high = (number_text(row[side] * factor, sign=True, digits=2) for side in ("effect", "low", "high"))
    mark = "**" if row["p_adjusted"] < LEVEL else ""
    return f"{mark}{effect}{mark} [{low}, {high}]"


def lines(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return a table in markdown."""
    return ["| " + " | ".join(header) + " |", "|---" * len(header) + "|", *("| " + " | ".join(r) + " |" for r in rows)]


def effect_table(effects: pd.DataFrame, policies: list[str]) -> list[str]:
    """Return policies by key outcomes."""
    outcomes = known_outcomes(list(KEY_OUTCOMES))
    header = ["policy 政策"]
    for outcome in outcomes.values():
        unit = shown_unit(outcome, "en", difference=True).unit
        header.append(f"{outcome.label.en} {outcome.label.zh}" + (f", {unit}" if unit else ""))
    rows = []
    for policy in policies:
        own = effects[effects["scenario"] == policy].set_index("outcome", drop=False)
        rows.append([title(policy), *(cell(own.loc[name]) for name in KEY_OUTCOMES)])
    return lines(header, rows)


def money_table(last: pd.DataFrame, money: pd.DataFrame, policies: list[str]) -> list[str]:
    """Return the readings of cost, cost per unit, and effects net of the neighbours' loss."""
    names = [*dict.fromkeys((*UNITS, *NET)), *NET.values()]
    effects = paired_effects(last[["scenario", "seed", "quarter", *names]], BASELINE, policies)
    header = ["policy 政策", "appropriated 安排", "paid 支付", "net present 净现值", "contingent 或有"]
    labels = ("job 岗位", "high-tech enterprise 高企", "patent in force 有效专利", "firm 企业")
    header += [f"per {label}" for label in labels]
    for label in ("firms 企业", "talent 人才"):
        header += [f"{label}: district 本区", "neighbours' loss 周边损失", "net 净"]
    rows = []
    for policy in policies:
        own = effects[effects["scenario"] == policy].set_index("outcome")
        cost = money.loc[policy].mean()
        row = [title(policy), *(number_text(cost[name], digits=3) for name in READINGS)]
        for unit in UNITS:
            told = own.loc[unit, "p"] < LEVEL and own.loc[unit, "effect"] > 0.0
            row.append(number_text(cost["net_present"] / own.loc[unit, "effect"], digits=2) if told else "–")
        for name, loss in NET.items():
            here, there = own.loc[name, "effect"], own.loc[loss, "effect"]
            row += [number_text(value, sign=True, digits=2) for value in (here, there, here - there)]
        rows.append(row)
    return lines(header, rows)


def told(effects: pd.DataFrame, policy: str) -> list[str]:
    """Return the key outcomes on which a policy's effect can be told from zero, adjusted for their number."""
    own = effects[effects["scenario"] == policy]
    return own.loc[own["p_adjusted"] < LEVEL, "outcome"].tolist()


def most(effects: pd.DataFrame, policies: list[str], outcome: str) -> tuple[str, float] | None:
    """Return the policy with the largest effect on an outcome among those that can be told from zero."""
    rows = effects[(effects["outcome"] == outcome) & effects["scenario"].isin(policies)]
    rows = rows[rows["p_adjusted"] < LEVEL]
    if rows.empty or rows["effect"].max() <= 0.0:
        return None
    best = rows.loc[rows["effect"].idxmax()]
    return str(best["scenario"]), float(best["effect"])


def reading(plain: pd.DataFrame, beside: pd.DataFrame, policies: list[str], pairs: int) -> list[str]:
    """Return what the tables say, in both languages, and the lists of what cannot be told apart."""
    silent = [policy for policy in policies if not told(plain, policy)]
    same = [policy for policy in policies if not told(beside, policy)]
    outcomes = known_outcomes(list(KEY_OUTCOMES))
    english, chinese = [], []
    for name, outcome in outcomes.items():
        best = most(plain, policies, name)
        if best is not None and name not in ("rationed_share", "default_share"):
            shown = shown_unit(outcome, "en", difference=True)
            figure = f"{number_text(best[1] * shown.factor, sign=True, digits=2)} {shown.unit}".strip()
            english.append(f"{outcome.label.en}: `{best[0]}` ({figure})")
            chinese.append(f"{outcome.label.zh}：{load_scenario(best[0]).title.zh}")
    worse = []
    for policy in policies:
        own = plain[(plain["scenario"] == policy) & (plain["p_adjusted"] < LEVEL)].set_index("outcome")["effect"]
        bad = [name for name, effect in own.items()
               if (effect > 0.0) == (name in ("rationed_share", "default_share"))]
        worse += [f"`{policy}` ({', '.join(outcomes[name].label.en for name in bad)})"] if bad else []
    quoted = ", ".join(f"`{policy}`" for policy in silent) or "none"
    quoted_same = ", ".join(f"`{policy}`" for policy in same) or "none"
    zh_silent = "；".join(load_scenario(policy).title.zh for policy in silent) or "无"
    zh_same = "；".join(load_scenario(policy).title.zh for policy in same) or "无"
    return [
        f"Of {len(policies)} policies, {len(policies) - len(silent)} change at least one of the twelve outcomes by "
        f"something that can be told from zero with {pairs} pairs of runs (5 %, adjusted for twelve outcomes by "
        "Benjamini-Hochberg within each policy, not for the number of policies: about one in twenty of those without "
        f"any effect may be among them by luck). {len(policies) - len(same)} can be told from a rebate of the same "
        "yuan on at least one outcome, for better or worse.",
        "",
        f"- Largest effect that can be told from zero, by outcome (policies differ in size): {'; '.join(english)}.",
        f"- For the worse (less, or more rationing or default) on an outcome: {'; '.join(worse) or 'none'}.",
        f"- **Not distinguishable from zero**: {quoted}.",
        f"- **Not distinguishable from the rebate of the same yuan**: {quoted_same}.",
        "",
        f"{len(policies)}项政策中，{len(policies) - len(silent)}项在{pairs}对配对运行下"
        "至少对十二项指标之一有可辨别于零的效应"
        "（5%水平，按每项政策的十二个指标做多重校正，未按政策数目再校正）；"
        f"{len(policies) - len(same)}项与等额退税有可辨别的差别，或好或坏。",
        "",
        f"- 各指标效应最大者（各政策规模不同）：{'；'.join(chinese)}。",
        f"- **与零无法区分**：{zh_silent}。",
        f"- **与等额退税无法区分**：{zh_same}。",
    ]


def page(runs: pd.DataFrame, command: str, scale: float) -> str:
    """Return docs/policies.md.

    Parameters
    ----------
    runs : one row per scenario, seed and quarter, with outcomes and the state of the public accounts
    command : that made them
    scale : of the district
    """
    last = runs[runs["quarter"] == runs["quarter"].max()]
    money = costs_of_runs(runs)
    names = [n for n in runs["scenario"].unique() if n != BASELINE and not n.startswith(f"{REBATE}_")]
    mixes = sorted(name for name in names if len(load_scenario(name).policies) > 1)
    policies = sorted(set(names) - set(mixes))
    plain, beside = effects_of(last, money, [*policies, *mixes])
    seeds = sorted(runs["seed"].unique().tolist())
    fitted = load_scenario(BASELINE).region.calibration is not None
    state = "calibrated 已校准"
    if not fitted:
        state = "**not calibrated** (defaults as declared, scenario files of that time) "
        state += "**未校准**（默认值及当时的场景文件）"
    levels = sorted(int(n.rsplit("_", 1)[1]) for n in runs["scenario"].unique() if n.startswith(f"{REBATE}_"))
    text = [
        "# Every policy against none, and against the same yuan as a rebate 各项政策与不实施、与等额退税之比较",
        "",
        f"Made by `{command}`: {len(seeds)} paired seeds ({seeds[0]} to {seeds[-1]}), scale {scale:g}, each policy as "
        "in its scenario file, effects in the last quarter (2035Q4; yearly figures are of 2035). Parameters of the "
        f"district: {state}. Do not edit.",
        "",
        "**Limits.** Intervals are of luck (seeds) only, 95 %, Student's for fewer than ten pairs; not of the "
        "equations, nor of parameters, most of which are assumptions. Policies differ in size, so compare rows by the "
        "second table or by cost per unit. What a policy does after 2035, and stakes that funds still hold, is "
        "not counted. "
        "The rebate at equal outlay was not run for each policy: its effect is interpolated, seed by seed, between "
        f"none and {', '.join(map(str, levels))} million CNY a year at what the policy paid (in proportion "
        f"beyond); outlays "
        "are equal in sum, not year by year, and gross of what is recovered later.",
        "",
        "**说明。** 区间只反映随机性（种子），不反映方程与参数的不确定性；"
        "多数参数为假设。"
        "各政策规模不同，请用与等额退税的比较或单位成本比较。"
        "等额退税效应按种子在若干退税水平之间内插得出。粗体表示校正后可与零区分。",
        *("", "## Reading 解读", "", *reading(plain, beside, policies, len(seeds))),
        *("", "## Against no policy 与不实施相比", ""),
        "Effect and 95 % interval; bold where it can be told from zero after adjustment.",
        *("", *effect_table(plain, policies)),
        *("", "## Against a rebate of the same yuan 与等额退税相比", "", *effect_table(beside, policies)),
        *("", "## What it costs, and what neighbours lose 成本与周边损失", ""),
        "Million CNY over 2023 to 2035, means of seeds, all levels of government. Net present: paid less recovered, at "
        f"{INTEREST:.0%} a year, of 2023Q1. Cost per unit is the net present cost over the effect in 2035Q4, given "
        "only where the effect is above zero and can be told from it (5 %, not adjusted); it charges the whole cost to "
        "each unit in turn. Net: the district's effect less what its neighbour districts have lost to it since "
        "the start.",
        *("", *money_table(last, money, policies)),
    ]
    if mixes:
        text += [
            "", "## Combined scenarios of the same outlay 等额组合方案", "",
            "About 6,500 million CNY each over the horizon (an assumption), as `uniform_rebate_equal` pays.", "",
            *effect_table(plain, mixes), "", "Against the rebate of the same yuan 与等额退税相比:", "",
            *effect_table(beside, mixes), "", *money_table(last, money, mixes),
        ]
    return "\n".join(text) + "\n"

"""The stylised facts S1 to S24: what is measured, the published band, and where it comes from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from experiments.validation.measures import enterprise, finance, innovation, people
from experiments.validation.observation import History
from simulation.parameters import Label

BASELINE, NO_RELIEF = "baseline", "no_tax_benefit"
"""Worlds in which facts are measured: as it is, and with the certificate's tax rate set to the standard one."""


@dataclass(frozen=True)
class Measure:
    """One figure of a fact and the band that it should lie in; without a band it is reported only.

    Parameters
    ----------
    key : name among the figures that the fact's estimator returns
    label : for people
    low, high : ends of the band, both included; None where it is open
    world : in which it is measured
    percent : shown in per cent
    """

    key: str
    label: Label
    low: float | None = None
    high: float | None = None
    world: str = BASELINE
    percent: bool = False

    @property
    def judged(self) -> bool:
        """Whether it has a band."""
        return self.low is not None or self.high is not None

    def holds(self, value: float) -> bool:
        """Return whether a value lies in the band; an undefined one does not."""
        return value == value and (self.low is None or value >= self.low) and (self.high is None or value <= self.high)


@dataclass(frozen=True)
class Fact:
    """A stylised fact: it holds if the median over seeds of every judged measure lies in its band.

    Parameters
    ----------
    code : "S1" to "S24"
    label : for people
    source : publication of the band
    estimator : from the history of a run to figures by name
    measures : in the order in which they are shown
    kind : consistency checks use numbers that also entered the model as levels, and are not counted
    shares : parameter of the model that has the same source, so that the fact is no wholly independent prediction
    """

    code: str
    label: Label
    source: str
    estimator: Callable[[History], Mapping[str, float]]
    measures: tuple[Measure, ...]
    kind: Literal["prediction", "consistency"] = "prediction"
    shares: str = ""

    @property
    def worlds(self) -> tuple[str, ...]:
        """Worlds in which its measures are taken."""
        return tuple(dict.fromkeys(measure.world for measure in self.measures))


def _hazard(year: int, low: float, high: float) -> Measure:
    label = Label(f"exit hazard in calendar year {year}", f"第 {year} 个日历年退出率")
    return Measure(f"hazard_{year}", label, low, high, percent=True)


def _notch(notch: str, sales: str, sales_zh: str) -> tuple[Measure, ...]:
    key = f"notch_{notch}"
    return (
        Measure(key, Label(f"excess mass above {notch} ({sales})", f"{notch} 门槛上方超额（{sales_zh}）"), low=0.2),
        Measure(
            key, Label(f"the same, tax benefit off ({notch})", f"同上，取消税率优惠（{notch}）"), -0.2, 0.2, NO_RELIEF
        ),
        Measure(f"{key}_mean", Label(f"the same, three-year mean ({notch})", f"同上，三年平均（{notch}）")),
    )


FACTS: tuple[Fact, ...] = (
    Fact(
        "S1", Label("Firm sizes have a Zipf-like tail", "企业规模呈齐普夫尾"),
        "Axtell (2001); Zhang and Wang", enterprise.sizes,
        (Measure("hill", Label("Hill exponent of sales, top 10 %", "销售额前 10% 的 Hill 指数"), 0.8, 1.4),),
        shares="initial.size_tail",
    ),
    Fact(
        "S2", Label("Growth rates are tent-shaped", "增长率呈帐篷形"),
        "Stanley et al. (1996); Bottazzi and Secchi (2006)", enterprise.growth,
        (
            Measure("shape", Label("Subbotin shape of log growth", "年对数增长率的 Subbotin 形状参数"), 0.7, 1.4),
            Measure("shape_designated", Label("the same, sales above 20 million", "同上，规模以上企业")),
            Measure("spread", Label("standard deviation of growth", "增长率标准差")),
        ),
    ),
    Fact(
        "S3", Label("Growth variance falls with size", "增长波动随规模下降"),
        "Riccaboni et al. (2008)", enterprise.size_and_variance,
        (Measure("slope", Label("slope of log sd on log size", "对数标准差对对数规模的斜率"), -0.25, -0.10),),
    ),
    Fact(
        "S4", Label("Exit hazard is an inverted U in age", "退出率随年龄先升后降"),
        "SAIC (2013)", enterprise.survival_of_entrants,
        (
            Measure("peak", Label("calendar year of the highest hazard", "前七个日历年中退出率最高的一年"), 2.0, 4.0),
            # "About" is read as within a factor of one and a half.
            _hazard(1, 0.016 / 1.5, 0.016 * 1.5),
            _hazard(2, 0.063 / 1.5, 0.063 * 1.5),
            _hazard(3, 0.095 / 1.5, 0.095 * 1.5),
            Measure("hazard_middle", Label("hazard in years 4 to 7", "第 4 至 7 年退出率"), 0.08, percent=True),
            Measure("fall", Label("hazard in years 8 to 10 over that", "第 8 至 10 年与之相比"), high=1.0),
            Measure("survival_5", Label("left after calendar year 5", "第五日历年末存活率"), 0.62, 0.78, percent=True),
            *(
                Measure(f"age_{n}", Label(f"hazard in year {n} of age", f"第 {n} 个周年退出率"), percent=True)
                for n in (1, 2, 3)
            ),
            Measure("age_survival_5", Label("left at the fifth birthday", "满五周年存活率"), percent=True),
        ),
    ),
    Fact(
        "S5", Label("Yearly exit rate", "年退出率"), "SAIC (2013)", enterprise.exit_rate,
        (Measure("exit_rate", Label("firms closed in a year", "一年内退出企业占比"), 0.05, 0.11, percent=True),),
    ),
    Fact(
        "S6", Label("Productivity dispersion persists", "生产率差异大且持久"), "Syverson (2011)",
        enterprise.productivity,
        (
            Measure("ratio", Label("90:10 ratio within industries", "行业内 90:10 分位比"), 1.8, 4.0),
            Measure("persistence", Label("yearly autocorrelation", "年度自相关"), 0.6, 0.95),
            Measure("labour_ratio", Label("90:10 of value added per head", "人均增加值 90:10 分位比")),
            Measure("labour_persistence", Label("its yearly autocorrelation", "其年度自相关")),
        ),
    ),
    Fact(
        "S7", Label("Patents per firm are heavy-tailed", "企业专利数厚尾"), "O'Neale and Hendy (2012)",
        innovation.patents_per_firm,
        (Measure("exponent", Label("power-law exponent", "幂律指数"), 1.6, 2.5),),
    ),
    Fact(
        "S8", Label("Invention returns are skewed", "发明收益高度偏斜"), "Scherer and Harhoff (2000)",
        innovation.invention_value,
        (Measure("top_decile", Label("value held by the top tenth", "前 10% 专利价值占比"), 0.48, 0.93, percent=True),),
        shares="research.patent_spread",
    ),
    Fact(
        "S9", Label("R&D is persistent and pro-cyclical", "研发持续且顺周期"), "Dosi et al. (2010)",
        innovation.research_cycle,
        (
            Measure("correlation", Label("correlation with output growth", "与产出增长的相关系数"), low=0.0),
            Measure("persistence", Label("yearly autocorrelation, firms", "企业层面年度自相关")),
        ),
    ),
    Fact(
        "S10", Label("Investment is lumpy", "投资呈块状"), "Doms and Dunne (1998)", enterprise.investment,
        (
            Measure("inaction", Label("firm-years near zero", "投资近零的企业年占比"), low=0.1, percent=True),
            Measure("kurtosis", Label("excess kurtosis of investment rates", "投资率超额峰度"), low=0.0),
            Measure("spikes", Label("firm-years above 20 % of capital", "投资率超过 20% 的企业年占比"), percent=True),
            Measure("spikes_amount", Label("their part of investment", "其投资额占比"), percent=True),
        ),
    ),
    Fact(
        "S11", Label("Knowledge flows are local", "知识流动具有本地性"), "Jaffe, Trajtenberg and Henderson (1993)",
        innovation.knowledge_flows,
        (
            Measure("contracts", Label("same-cell contracts over expected", "同格合同与期望之比"), low=2.0),
            Measure("consortia", Label("same-cell consortium members over expected", "同格联合体成员与期望之比")),
            Measure("contracts_observed", Label("contracts with firms here", "本地合同数")),
        ),
    ),
    Fact(
        "S12", Label("Innovation concentrates in space more than jobs", "创新比就业更集中于空间"),
        "Audretsch and Feldman (1996)", innovation.location,
        (
            Measure("difference", Label("Gini of patents less that of jobs", "专利与就业的区位基尼之差"), low=0.0),
            Measure("beyond_chance", Label("the same, beyond chance", "同上，扣除偶然"), low=0.0),
            Measure("patents", Label("location Gini of patents", "专利区位基尼")),
            Measure("jobs", Label("location Gini of jobs", "就业区位基尼")),
        ),
    ),
    Fact(
        "S13", Label("Venture returns", "创投回报"), "Correlation Ventures", finance.venture_returns,
        (
            Measure("below_1", Label("exited deals below 1x", "退出回报低于 1 倍占比"), 0.55, 0.75, percent=True),
            Measure("above_5", Label("exited deals at 5x or more", "退出回报 5 倍以上占比"), 0.05, 0.15, percent=True),
        ),
        "consistency",
    ),
    Fact(
        "S14", Label("Young innovative firms are credit-rationed", "年轻创新企业受信贷配给"), "Hall and Lerner (2010)",
        finance.rationing,
        (
            Measure("ratio", Label("refusal rate, young over old", "拒贷率：年轻与年长之比"), low=1.3),
            Measure("innovative", Label("young innovative over old", "年轻创新与年长之比")),
            Measure("young", Label("refusal rate of the young", "年轻企业拒贷率"), percent=True),
            Measure("old", Label("refusal rate of the old", "年长企业拒贷率"), percent=True),
        ),
    ),
    Fact(
        "S15", Label("Loan rate and defaults", "贷款利率与不良率"), "regulator", finance.loan_levels,
        (
            Measure("loan_rate", Label("loan rate", "贷款利率"), 0.045, 0.06, percent=True),
            Measure("default_share", Label("recognised default share", "账面不良率"), 0.01, 0.04, percent=True),
        ),
        "consistency",
    ),
    Fact(
        "S16", Label("The collaboration network is skewed and clustered", "合作网络偏斜且聚集"),
        "Pyka, Gilbert and Ahrweiler (2006)", innovation.collaboration,
        (
            Measure("clustering", Label("clustering over same degrees", "聚集系数与同度数随机网络之比"), low=2.0),
            Measure("degree_gini", Label("Gini of degrees", "度数基尼"), low=0.4),
            Measure("clustering_random", Label("clustering over random", "聚集系数与随机网络之比")),
            Measure("links", Label("links", "连边数")),
        ),
    ),
    Fact(
        "S17", Label("Vacancies and unemployment move oppositely", "空缺与失业反向变动"), "Beveridge curve",
        people.beveridge,
        (
            Measure("correlation", Label("correlation, detrended", "去趋势相关系数"), high=0.0),
            Measure("raw", Label("the same with trends", "未去趋势相关系数")),
        ),
    ),
    Fact(
        "S18", Label("Skilled migration follows wages and amenities", "人才流动追随工资与宜居"),
        "Tombe and Zhu (2019)", people.migration,
        (
            Measure("wages", Label("net inflow on log wage", "净流入对对数工资"), low=0.0),
            Measure("amenities", Label("net inflow on amenity", "净流入对宜居度"), low=0.0),
        ),
        shares="migration.wage_weight",
    ),
    Fact(
        "S19", Label("Entrants drive productivity growth", "新进入者推动生产率增长"), "Brandt et al. (2012)",
        enterprise.net_entry,
        (
            Measure("share", Label("net entry's share of growth", "净进入的贡献占比"), low=0.3, percent=True),
            Measure("dynamic", Label("the same, Melitz-Polanec", "同上，Melitz-Polanec 分解"), percent=True),
            Measure("designated", Label("the same, above designated size", "同上，规模以上企业"), percent=True),
            Measure("labour", Label("the same, value added per head", "同上，人均增加值"), percent=True),
            Measure("entry", Label("entry alone", "仅进入"), percent=True),
            Measure("within", Label("survivors' own growth", "存续企业自身增长"), percent=True),
            Measure("growth", Label("productivity growth a year", "生产率年增长"), percent=True),
        ),
    ),
    Fact(
        "S20", Label("R&D bunches at certification thresholds", "研发强度在认定门槛处聚束"), "Chen et al. (2021)",
        innovation.notches,
        (
            *_notch("5%", "sales up to 50 million", "销售额 5000 万元以下"),
            *_notch("4%", "50 to 200 million", "5000 万至 2 亿元"),
            *_notch("3%", "above 200 million", "2 亿元以上"),
        ),
    ),
    Fact(
        "S21", Label("Patent value is unrelated to count", "专利价值与数量无关"), "to be checked",
        innovation.value_and_count,
        (
            Measure("correlation", Label("rank correlation of value per patent with count", "单件价值与件数的秩相关"),
                    high=0.3),
            Measure("dealt", Label("the same, values dealt out at random", "同上，价值随机重新分配")),
            Measure("logs", Label("the same, mean log value", "同上，平均对数价值")),
        ),
    ),
    Fact(
        "S22", Label("Patents scale mildly increasing in R&D staff", "专利随研发人员规模略递增"),
        "Bettencourt et al. (2007)", innovation.scaling,
        (
            Measure("elasticity", Label("elasticity across cells", "跨格弹性"), 0.8, 1.3),
            Measure("least_squares", Label("least squares, cells with both", "最小二乘，两者皆有的格")),
            Measure("larger", Label("least squares, two researchers and more", "最小二乘，研发人员两人以上的格")),
            Measure("cells", Label("cells with both", "两者皆有的格数")),
        ),
    ),
    Fact(
        "S23", Label("Institutes' transfers are skewed", "院所转化收入集中"), "annual report of transfers",
        innovation.institutes,
        (Measure("top_share", Label("contract value of the top tenth", "前 10% 院所合同额"), low=0.5, percent=True),),
    ),
    Fact(
        "S24", Label("Start-ups differ in finance mix", "初创企业融资结构各异"), "Robb and Robinson (2014)",
        finance.finance_mix,
        (
            Measure("age", Label("rank correlation of debt share with age", "债务占比与年龄的秩相关"), low=0.0),
            Measure("tangibles", Label("the same with tangibles", "债务占比与有形资产的秩相关"), low=0.0),
            Measure("borrowers", Label("start-ups with debt", "有债务的初创企业占比"), percent=True),
        ),
    ),
)  # fmt: skip
"""All facts; a list of functions and figures, with no behaviour of its own."""


def figures_of(history: History, world: str) -> dict[str, float]:
    """Return every figure that facts measure in a world, named "S1.hill" and so on."""
    figures: dict[str, float] = {}
    for fact in FACTS:
        if world in fact.worlds:
            found = fact.estimator(history)
            figures |= {f"{fact.code}.{m.key}": float(found.get(m.key, float("nan")))
                        for m in fact.measures if m.world == world}  # fmt: skip
    return figures

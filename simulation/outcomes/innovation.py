"""Research, patents, transfer and the coupling of the two chains."""

from __future__ import annotations

from simulation.outcome import outcome
from simulation.processes.transfer.integration import dual_chain_integration
from simulation.world import World


def gdp_of(world: World) -> float:
    """Return yearly GDP at the run's scale and 2022 prices: modelled value added and the rest of the economy."""
    background = world.region.background
    start = world.region.levels["gdp"].value * background["gdp_share"] * world.scale
    return world.yearly("value_added_volume") + start * (1.0 + background["growth"]) ** ((world.quarter - 8) / 4.0)


def population_of(world: World) -> float:
    """Return the population at the run's scale: the start level, growing, plus the change of modelled talent."""
    start = world.region.levels["population"].value * 1e6 * world.scale
    grown = start * (1.0 + world.region.background["population_growth"]) ** ((world.quarter - 8) / 4.0)
    initial = world.region.levels["talent"].value * world.scale
    return grown + world.talent.count - initial


@outcome("gdp", "million CNY", "GDP", "地区生产总值", extensive=True, yearly=True, relevant=0.001)
def gdp(world: World) -> float:
    """Modelled value added of the last four quarters, at the prices of the start, plus the background economy."""
    return gdp_of(world)


@outcome("rd_spend", "million CNY", "R&D spending", "研发支出", extensive=True, yearly=True)
def rd_spend(world: World) -> float:
    """Real R&D of firms and institutes over four quarters."""
    return world.yearly("rd_firms") + world.yearly("rd_institutes")


@outcome("rd_reported", "million CNY", "R&D reported by firms", "企业申报研发费用", extensive=True, yearly=True)
def rd_reported(world: World) -> float:
    """R&D that firms report over four quarters, relabelled spending included."""
    return world.yearly("rd_reported")


@outcome("rd_intensity", "share", "R&D / GDP", "研发投入强度", yearly=True, relevant=0.0005)
def rd_intensity(world: World) -> float:
    """Real R&D over GDP."""
    return rd_spend(world) / gdp_of(world)


@outcome("firm_rd_share", "share", "Share of R&D done by firms", "企业研发占比", yearly=True)
def firm_rd_share(world: World) -> float:
    """Firms' share of real R&D over four quarters."""
    return world.yearly("rd_firms") / max(rd_spend(world), 1e-12)


@outcome("population", "people", "Population", "常住人口", extensive=True, relevant=0.001)
def population(world: World) -> float:
    """Residents, the background and the modelled talent."""
    return population_of(world)


@outcome("patents_in_force", "patents", "Invention patents in force", "有效发明专利", extensive=True)
def patents_in_force(world: World) -> float:
    """Invention patents of firms in force."""
    return float(world.firms.patents[world.firms.live].sum())


@outcome("patents_per_10k", "patents per 10,000 people", "Invention patents per 10,000 people",
         "每万人有效发明专利拥有量")
def patents_per_10k(world: World) -> float:
    """Patents in force over population."""
    return patents_in_force(world) / population_of(world) * 1e4


@outcome("patents_granted", "patents", "Patents granted", "专利授权量", extensive=True, quarterly=True)
def patents_granted(world: World) -> float:
    """Invention patents granted in the quarter."""
    return world.records.flows.get("patents_granted", 0.0)


@outcome("technology_contracts_registered", "million CNY", "Registered technology contracts", "技术交易额（登记口径）",
         extensive=True, yearly=True)
def technology_contracts_registered(world: World) -> float:
    """Return registered contract value over four quarters (the official figure)."""
    return world.yearly("technology_contracts_registered")


@outcome("technology_contracts_real", "million CNY", "Real technology contracts", "技术交易额（真实）",
         extensive=True, yearly=True)
def technology_contracts_real(world: World) -> float:
    """Contract value behind which technology changed hands, over four quarters."""
    return world.yearly("technology_contracts_real")


@outcome("joint_inventions", "patents", "Inventions with regions outside", "跨区域合作发明",
         extensive=True, quarterly=True)
def joint_inventions(world: World) -> float:
    """Inventions of the quarter made jointly with external regions, all of them together."""
    return world.records.flows.get("collaborations", 0.0)


@outcome("results_produced", "results", "Research results produced", "科研成果产出", extensive=True, quarterly=True)
def results_produced(world: World) -> float:
    """Transferable results that institutes produced in the quarter."""
    return world.records.flows.get("results_produced", 0.0)


@outcome("contracts", "contracts", "Transfer contracts with institutes", "院所转化合同", extensive=True, quarterly=True)
def contracts(world: World) -> float:
    """Contracts between institutes and firms signed in the quarter."""
    return world.records.flows.get("contracts", 0.0)


@outcome("local_adoption_share", "share", "Share of results adopted locally", "成果本地转化率")
def local_adoption_share(world: World) -> float:
    """Value of the last eight quarters' results that was adopted in the district, over all their value; in [0, 1]."""
    chain = world.records["dual_chain_8q"]
    return float(chain["adopted"].sum() / max(chain["produced"].sum(), 1e-12))


@outcome("consortia", "consortia", "Innovation consortia", "创新联合体", extensive=True)
def consortia(world: World) -> float:
    """Consortia at work."""
    return float(len(world.consortia))


@outcome("dual_chain_integration", "index", "Dual-chain integration", "双链融合度")
def integration(world: World) -> float:
    """F2 index over the last eight quarters, in [0, 1]."""
    chain = world.records["dual_chain_8q"]
    return dual_chain_integration(chain["adopted"], chain["produced"], chain["need"])


@outcome("new_product_share", "share", "New products in sales", "新产品销售占比")
def new_product_share(world: World) -> float:
    """Sales-weighted share of new products."""
    rows = world.firms.live
    sales = world.firms.sales[rows]
    return float((world.firms.new_product_share[rows] * sales).sum() / max(sales.sum(), 1e-12))


@outcome("digital_adoption", "share", "Digital adoption", "数字化采用率")
def digital_adoption(world: World) -> float:
    """Mean degree of digital adoption over firms."""
    return float(world.firms.digital[world.firms.live].sum() / max(world.firms.count, 1))

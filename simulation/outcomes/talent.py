"""People: jobs, skills, migration, wages."""

from __future__ import annotations

import numpy as np

from simulation.outcome import outcome
from simulation.populations.talent import FIRM, INSTITUTE, NO_EMPLOYER, OUTSIDE, RESEARCH, SKILLS
from simulation.world import World


@outcome("jobs", "people", "Skilled jobs", "技能岗位就业", extensive=True)
def jobs(world: World) -> float:
    """Talent employed in the district."""
    t = world.talent
    return float(np.count_nonzero(t.alive & (t.employer_kind != NO_EMPLOYER) & (t.employer_kind != OUTSIDE)))


@outcome("talent_total", "people", "Talent", "人才总量", extensive=True)
def talent_total(world: World) -> float:
    """Skilled people who live in the district."""
    return float(world.talent.count)


def _skill(code: int, en: str, zh: str) -> None:
    def rule(world: World) -> float:
        return float(np.count_nonzero(world.talent.alive & (world.talent.skill == code)))

    rule.__module__, rule.__doc__ = __name__, f"{en} who live in the district."
    outcome(f"talent_{SKILLS[code]}", "people", en, zh, extensive=True)(rule)


_skill(0, "Researchers", "研发人才")
_skill(1, "Skilled workers", "技能人才")
_skill(2, "Technology brokers", "科技中介人才")
_skill(3, "Science-finance people", "科技金融人才")
_skill(4, "Managers", "管理人才")


@outcome("rd_staff", "people", "R&D staff", "研发人员", extensive=True)
def rd_staff(world: World) -> float:
    """Researchers at work in firms and institutes of the district, one full-time equivalent each."""
    t = world.talent
    at_work = (t.employer_kind == FIRM) | (t.employer_kind == INSTITUTE)
    return float(np.count_nonzero(t.alive & (t.skill == RESEARCH) & at_work))


@outcome("talent_top", "people", "Top talent", "顶尖人才", extensive=True)
def talent_top(world: World) -> float:
    """Top talent who live in the district."""
    return float(np.count_nonzero(world.talent.alive & world.talent.top))


@outcome("unemployment", "share", "Unemployment of talent", "人才失业率")
def unemployment(world: World) -> float:
    """Share of resident talent without a job."""
    t = world.talent
    return float(np.count_nonzero(t.alive & (t.employer_kind == NO_EMPLOYER))) / max(t.count, 1)


@outcome("vacancy_rate_jobs", "share", "Vacant jobs", "岗位空缺率")
def vacancy_rate_jobs(world: World) -> float:
    """Jobs still vacant after the quarter's hiring, over all jobs wanted."""
    return float(world.records.get("vacancy_rate", 0.0))


@outcome("turnover", "share", "Yearly turnover", "年离职率", yearly=True)
def turnover(world: World) -> float:
    """Quits and layoffs of four quarters over jobs."""
    return (world.yearly("quits") + world.yearly("layoffs")) / max(jobs(world), 1.0)


@outcome("migration_in", "people", "Talent arriving", "人才流入", extensive=True, quarterly=True)
def migration_in(world: World) -> float:
    """Talent that arrived in the quarter."""
    return world.records.flows.get("migration_in", 0.0)


@outcome("migration_out", "people", "Talent leaving", "人才流出", extensive=True, quarterly=True)
def migration_out(world: World) -> float:
    """Talent that left in the quarter."""
    return world.records.flows.get("migration_out", 0.0)


@outcome("siphon_balance", "people", "Net flow with Shanghai", "与上海净流动", extensive=True, quarterly=True)
def siphon_balance(world: World) -> float:
    """Arrivals from less departures to the nearest metropolis in the quarter."""
    return world.records.flows.get("shanghai_in", 0.0) - world.records.flows.get("shanghai_out", 0.0)


@outcome("talent_wage", "million CNY a year", "Mean wage of talent", "人才平均工资")
def talent_wage(world: World) -> float:
    """Mean wage of employed talent."""
    t = world.talent
    employed = np.flatnonzero(t.alive & (t.employer_kind != NO_EMPLOYER))
    return float(np.mean(t.wage[employed])) if len(employed) else 0.0


@outcome("housing_cost", "million CNY a year", "Housing cost", "住房成本")
def housing_cost(world: World) -> float:
    """Housing cost of a skilled household, weighted by residents."""
    weight = world.cells.residents
    return float((world.cells.housing_cost * weight).sum() / max(weight.sum(), 1e-12))

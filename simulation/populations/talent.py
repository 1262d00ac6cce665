"""Talent: skilled people, as columns of the population."""

from __future__ import annotations

from simulation.populations.columns import Column

SKILLS = ("research", "skilled", "broker", "finance", "management")
"""Researchers, skilled workers, technology brokers, science-finance people, managers."""
RESEARCH, SKILLED, BROKER, FINANCE, MANAGEMENT = range(5)

EMPLOYERS = ("none", "firm", "institute", "fund", "outside")
"""Kinds of employer; `outside` works in an external region and lives here."""
NO_EMPLOYER, FIRM, INSTITUTE, FUND, OUTSIDE = range(5)

TALENT_COLUMNS = {
    "skill": Column("int8", "index", "Skill, index of SKILLS"),
    "field": Column("int8", "index", "Technology field"),
    "ability": Column("float64", "1", "Log ability; 0 is the mean of log"),
    "trained": Column("float64", "1", "Log ability gained by training, part of ability", low=0),
    "top": Column("bool", "flag", "Top talent"),
    "age": Column("float64", "year", "Age", default=30, low=16, high=90),
    "employer_kind": Column("int8", "index", "Kind of employer, index of EMPLOYERS"),
    "employer": Column("int64", "row", "Row of the employer (node if outside); -1 if none", default=-1),
    "wage": Column("float64", "million CNY a year", "Wage; of the last job if out of work", low=0),
    "cell": Column("int64", "index", "Home cell"),
    "since": Column("int32", "quarter", "Quarter in which the present job or search began"),
    "arrived": Column("int32", "quarter", "Quarter of arrival; negative before the run", default=-1),
    "founded": Column("bool", "flag", "Has founded a firm"),
}

"""Research institutes, their results, and the links that transfer leaves behind."""

from __future__ import annotations

from simulation.populations.columns import Column

INSTITUTE_COLUMNS = {
    "ordinal": Column("int32", "index", "Row in the region's list; -1 for one opened by policy", default=-1),
    "kind": Column("int8", "index", "Kind, index of the region's institute kinds"),
    "system": Column("int8", "index", "System, index of the region's institute systems"),
    "cell": Column("int64", "index", "Cell"),
    "opened": Column("int32", "quarter", "Quarter of opening; negative before the run"),
    "expertise": Column("float64", "1", "Expertise by field, sums to 1", width="fields", low=0, high=1),
    "budget": Column("float64", "million CNY", "Budget a quarter from its sponsors", low=0),
    "cash": Column("float64", "million CNY", "Cash", ledger=True),
    "staff": Column("int32", "people", "Talent employed, by skill", width="skills", low=0),
    "staff_wanted": Column("int32", "people", "Talent wanted, by skill", width="skills", low=0),
    "research_ability": Column("float64", "people", "Sum of ability of its researchers", low=0),
    "wage_bill": Column("float64", "million CNY", "Wages of its talent in the quarter", low=0),
    "rd_spend": Column("float64", "million CNY", "R&D spending of the quarter", low=0),
    "results_made": Column("int32", "results", "Results produced so far", low=0),
    "contracts_made": Column("int32", "contracts", "Contracts signed so far", low=0),
    "spin_offs": Column("int32", "firms", "Spin-offs so far", low=0),
    "places": Column("int32", "places", "Incubator places it offers", low=0),
}

RESULT_COLUMNS = {
    "key": Column("int64", "key", "Key of the result: institute ordinal, quarter, ordinal"),
    "institute": Column("int64", "key", "Institute that produced it"),
    "field": Column("int8", "index", "Technology field"),
    "value": Column("float64", "million CNY", "Value to a well-fitting user when produced", low=0),
    "born": Column("int32", "quarter", "Quarter of production"),
}

CONSORTIUM_COLUMNS = {
    "key": Column("int64", "key", "Key of the consortium: its leader's, and the quarter it started"),
    "leader": Column("int64", "key", "Leading firm"),
    "institute": Column("int64", "key", "Institute"),
    "industry": Column("int16", "index", "Industry whose need it serves"),
    "field": Column("int8", "index", "Technology field"),
    "started": Column("int32", "quarter", "First quarter"),
    "ends": Column("int32", "quarter", "Last quarter"),
    "quality": Column("float64", "1", "Fit of the members"),
}

MEMBERSHIP_COLUMNS = {
    "consortium": Column("int64", "key", "Consortium"),
    "firm": Column("int64", "key", "Member firm (the leader is one)"),
}

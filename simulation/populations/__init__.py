"""Populations of agents and the tables they meet in, declared as columns."""

from simulation.populations.firms import CHALLENGE_COLUMNS, FIRM_COLUMNS
from simulation.populations.funds import FUND_COLUMNS, HOLDING_COLUMNS, LOAN_COLUMNS
from simulation.populations.institutes import (
    CONSORTIUM_COLUMNS,
    INSTITUTE_COLUMNS,
    MEMBERSHIP_COLUMNS,
    RESULT_COLUMNS,
)
from simulation.populations.markets import (
    CELL_COLUMNS,
    EXTERNAL_COLUMNS,
    INDUSTRY_COLUMNS,
    NEIGHBOUR_COLUMNS,
    SEGMENT_COLUMNS,
)
from simulation.populations.talent import TALENT_COLUMNS

__all__ = [
    "CELL_COLUMNS",
    "CHALLENGE_COLUMNS",
    "CONSORTIUM_COLUMNS",
    "EXTERNAL_COLUMNS",
    "FIRM_COLUMNS",
    "FUND_COLUMNS",
    "HOLDING_COLUMNS",
    "INDUSTRY_COLUMNS",
    "INSTITUTE_COLUMNS",
    "LOAN_COLUMNS",
    "MEMBERSHIP_COLUMNS",
    "NEIGHBOUR_COLUMNS",
    "RESULT_COLUMNS",
    "SEGMENT_COLUMNS",
    "TALENT_COLUMNS",
]

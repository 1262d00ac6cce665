"""The quarter, in order: the model on one page."""

from __future__ import annotations

from typing import Any

from simulation.processes import (
    certification,
    credit,
    demography,
    labour,
    migration,
    place,
    production,
    research,
    transfer,
    treasury,
    venture,
)

ANNOUNCE, SETTLE, RECORD = "policies announce", "policies settle", "outcomes are recorded"

QUARTER: tuple[Any, ...] = (
    ANNOUNCE,  # set levers, appropriate money
    migration,  # candidates arrive or not, residents leave or not
    labour,  # quits, layoffs, vacancies, matching, wages
    research,  # R&D budgets, knowledge with spillovers, inventions, projects
    transfer,  # institutes' results meet firms: contracts, consortia, spin-off candidates
    production,  # demand along the industry chain, market shares, sales, costs, profit, tax
    credit,  # loan demand, screening, rationing, repayment, default
    venture,  # fund raising, deals, follow-ons, exits
    demography,  # exit, entry, relocation of firms
    certification,  # the tier ladder
    place,  # opens what was built; rents, housing cost, amenity, knowledge pools
    SETTLE,  # claims, subsidies due, recoveries, against the quarter's records
    treasury,  # where the public money came from
    RECORD,
)

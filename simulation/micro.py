"""Snapshots of single agents and of the quarter's events, as tables that people can read without us."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from simulation.ledger import SECTORS
from simulation.populations.columns import Array, Population
from simulation.populations.firms import ORIGINS
from simulation.populations.funds import DOMICILES, FUND_KINDS
from simulation.populations.talent import EMPLOYERS, FIRM, FUND, INSTITUTE, RESEARCH, SKILLS
from simulation.reach import COLUMNS
from simulation.world import World


def _named(names: tuple[str, ...], codes: Array) -> pd.Categorical[str]:
    return pd.Categorical.from_codes(np.asarray(codes, dtype=np.int64), pd.Index(names))


def _zones(world: World, cells: Array) -> pd.Categorical[str]:
    return _named(tuple(z.name for z in world.region.zones), world.region.cells.zone[cells])


def firms(world: World) -> pd.DataFrame:
    """Return one row for each living firm."""
    f, rows = world.firms, world.firms.live
    plain = ("tier", "sales", "value_added", "profit", "cash", "debt", "equity_public", "equity_private", "rd_spend",
             "rd_reported", "patents", "productivity", "new_product_share", "digital", "incubated")
    return pd.DataFrame(
        {
            "key": f.key[rows],
            "industry": _named(world.region.industries.name, f.industry[rows]),
            "zone": _zones(world, f.cell[rows]),
            "cell": f.cell[rows],
            "age": world.quarter - f.born[rows],
            "origin": _named(ORIGINS, f.origin[rows]),
            **{c: f.arrays[c][rows] for c in plain},
            "staff": f.staff[rows].sum(axis=1),
            "staff_research": f.staff[rows, RESEARCH],
        }
    )


def talent(world: World) -> pd.DataFrame:
    """Return one row for each person."""
    t, rows = world.talent, world.talent.live
    kind, employer = t.employer_kind[rows], t.employer[rows]
    employer_key = np.zeros(len(rows), dtype=np.int64)
    for code, population in ((FIRM, world.firms), (INSTITUTE, world.institutes), (FUND, world.funds)):
        mine = kind == code
        employer_key[mine] = population.key[employer[mine]]
    return pd.DataFrame(
        {
            "key": t.key[rows],
            "skill": _named(SKILLS, t.skill[rows]),
            "field": _named(world.region.fields, t.field[rows]),
            **{c: t.arrays[c][rows] for c in ("ability", "top", "age")},
            "employer_kind": _named(EMPLOYERS, kind),
            "employer_key": employer_key,
            "wage": t.wage[rows],
            "cell": t.cell[rows],
        }
    )


def _state(population: Population) -> dict[str, Array]:
    """Columns of living agents with one value a row; wide columns are left to their own tables."""
    rows = population.live
    return {c: population.arrays[c][rows] for c in population.columns
            if population.arrays[c].ndim == 1 and c != "alive"}


def institutes(world: World) -> pd.DataFrame:
    """Return one row for each institute: its state columns, names where the region gives them."""
    table = pd.DataFrame(_state(world.institutes))
    names = [*world.region.institutes.name, ""]
    table.insert(1, "name", [names[i] for i in table["ordinal"]])
    table["staff_total"] = world.institutes.staff[world.institutes.live].sum(axis=1)
    return table


def funds(world: World) -> pd.DataFrame:
    """Return one row for each fund, bank or guarantor: its state columns."""
    table = pd.DataFrame(_state(world.funds))
    table["kind"] = _named(FUND_KINDS, table["kind"].to_numpy())
    table["domicile"] = _named(DOMICILES, table["domicile"].to_numpy())
    return table


def _events(world: World, name: str, columns: dict[str, str]) -> pd.DataFrame:
    table = world.records.tables.get(name) or dict.fromkeys(columns, np.empty(0))
    frame = pd.DataFrame({c: pd.Series(table[c], dtype=dtype) for c, dtype in columns.items()})
    if "field" in frame:
        frame["field"] = _named(world.region.fields, frame["field"].to_numpy())
    return frame


def loans(world: World) -> pd.DataFrame:
    """Return one row for each loan asked for, renewed or defaulted; a key is the firm's and the event's ordinal."""
    frame = _events(
        world,
        "loans",
        {"firm_key": "int64", "bank_key": "int64", "asked": "float64", "granted": "float64", "rate": "float64",
         "score": "float64", "covered": "float64", "defaulted": "bool", "loss": "float64", "claim": "float64"},
    )
    frame.insert(0, "key", frame["firm_key"] + (frame.groupby("firm_key").cumcount().to_numpy() << 50))
    return frame


def deals(world: World) -> pd.DataFrame:
    """Return one row for each deal made or exited in the quarter."""
    return _events(
        world,
        "deals",
        {"key": "int64", "fund_key": "int64", "firm_key": "int64", "amount": "float64", "stage": "int64",
         "public_share": "float64", "exited": "bool", "multiple": "float64"},
    )


def contracts(world: World) -> pd.DataFrame:
    """Return one row for each result sold, by the key of the result; no firm and no distance if sold outside."""
    frame = _events(
        world,
        "contracts",
        {"key": "int64", "firm_key": "int64", "institute_key": "int64", "field": "int64", "value": "float64",
         "distance_km": "float64"},
    )
    frame["firm_key"] = frame["firm_key"].astype("Int64").where(frame["firm_key"] != 0)
    return frame


def consortia(world: World) -> pd.DataFrame:
    """Return one row for each consortium at work, with its members as a list of keys."""
    c, m = world.consortia, world.memberships
    members = pd.Series(m.firm).groupby(pd.Series(m.consortium)).agg(list) if len(m) else pd.Series(dtype=object)
    return pd.DataFrame(
        {
            "key": c.key,
            "leader_key": c.leader,
            "institute_key": c.institute,
            "members": [members.get(k, []) for k in c.key],
            "started": c.started,
            "ended": c.ends,
        }
    )


def reached(world: World) -> pd.DataFrame:
    """Return whom policies reached in the quarter, and the accounts and levers by which; see `simulation.reach`."""
    born = dict(zip(world.funds.key.tolist(), world.funds.born.tolist(), strict=True))
    notes = world.reach.notes(world.records.tables, born) if world.reach is not None else {name: [] for name in COLUMNS}
    rows = pd.DataFrame(notes).astype({"key": "int64", "amount": "float64"})
    names = ["policy", "agent", "way", "by"]
    table = rows.groupby([*names, "key"], sort=True)["amount"].sum().reset_index()[[*COLUMNS]]
    return table.astype(dict.fromkeys(names, "category"))


def flows(world: World) -> pd.DataFrame:
    """Return the payments of the quarter between sectors, by account of the ledger (million CNY)."""
    found = [(account, SECTORS[i], SECTORS[j], float(matrix[i, j]))
             for account, matrix in sorted(world.ledger.flows.items()) for i, j in np.argwhere(matrix)]
    table = pd.DataFrame(found, columns=["account", "payer", "payee", "amount"]).astype({"amount": "float64"})
    return table.astype(dict.fromkeys(["account", "payer", "payee"], "category"))


TABLES: dict[str, Callable[[World], pd.DataFrame]] = {
    "firms": firms,
    "talent": talent,
    "institutes": institutes,
    "funds": funds,
    "loans": loans,
    "deals": deals,
    "contracts": contracts,
    "consortia": consortia,
    "reached": reached,
    "flows": flows,
}
"""Micro-data tables by name; each function reads the world after a quarter."""

"""Small worlds made by hand, as the tables of twins hold them."""

import pandas as pd

from experiments.twins.watch import TYPES, empty_table
from experiments.twins.worlds import World


def world(**rows):
    """Return a world from rows of its tables, given as dicts; columns left out are zero."""
    tables = {}
    for name, kinds in TYPES.items():
        frame = pd.DataFrame(rows.get(name, []))
        if frame.empty:
            tables[name] = empty_table(name)
            continue
        for column, kind in kinds.items():
            missing = "" if kind == "object" else 0
            frame[column] = frame[column].fillna(missing) if column in frame else missing
        tables[name] = frame.astype(kinds)
    return World(tables)


def firm(key, quarter, **values):
    return {"key": key, "quarter": quarter, "tier": 1, **values}


def touch(key, quarter, way, by, amount=0.0, agent="firms", policy="p"):
    return {"key": key, "quarter": quarter, "policy": policy, "agent": agent, "way": way, "by": by, "amount": amount}


def payment(quarter, account, payer, payee, amount):
    return {"quarter": quarter, "account": account, "payer": payer, "payee": payee, "amount": amount}


def book(quarter, **values):
    return {"quarter": quarter, **values}

"""Where one public yuan went: the difference of two worlds' ledgers per yuan that policies paid.

Every payment has a payer and a payee, so what governments paid is what all others received on balance. The parts are
read off by account; what no part names is the rest, so the shares add up to one by construction. A part is negative
where money comes in with the policy: sales outside the district that pay for wages, say.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from experiments.twins.worlds import World
from simulation.ledger import GOVERNMENTS
from simulation.parameters import Label

SOURCE = "public_yuan"
FINANCING = ("land_revenue", "public_debt", "upper_transfer", "debt_interest", "debt_repayment")
"""Accounts that tell where the public yuan came from, not where it went."""
EMPLOYERS = ("firms", "institutes", "funds", "banks", "guarantors")
OWNERS = ("dividends", "closure_payout", "estate", "fund_distribution")
INVESTMENTS = ("founding_capital", "capital_call")
FEES = ("management_fee", "carried_interest")
TAXES = ("tax_local", "tax_upper", "rd_fines")
ON_REPORTED = ("rd_subsidy",)
"""Accounts of policies that pay by reported R&D, real or not."""
REST = "rest"

PARTS = {
    "wages": Label("Wages, without research", "工资（不含研发）"),
    "real_rd": Label("Real R&D", "真实研发"),
    "relabelled_rd": Label("Relabelled R&D", "虚报研发"),
    "support": Label("Households, directly", "直接补助居民"),
    "rents": Label("Rents", "租金"),
    "bank_margin": Label("Banks' margin", "银行利差"),
    "owners": Label("Owners and investors, net", "股东与出资人（净）"),
    "fund_fees": Label("Fund fees", "基金管理费"),
    "tax_district": Label("Tax back to the district", "税收回流（区级）"),
    "tax_upper": Label("Tax back to upper levels", "税收回流（上级）"),
    "recovered": Label("Recovered by policies", "政策回收"),
    "outside": Label("Outside the region", "流出区外"),
    "firms_kept": Label("Kept by firms", "企业留存"),
    REST: Label("Rest: institutes, funds, savers", "其他：院所、基金、储户"),
}
"""Parts of a yuan in the order in which they are shown; the last is what no other names."""


def public_paid(base: World, own: World, until: int) -> float:
    """Return what policies paid beyond the base up to a quarter (million CNY, at the run's scale)."""
    return _noted(own, until, "paid") - _noted(base, until, "paid")


def _noted(world: World, until: int, way: str) -> float:
    notes = world.reached
    return float(notes.loc[(notes["quarter"] <= until) & (notes["way"] == way), "amount"].sum())


def parts(base: World, own: World, until: int) -> pd.Series:
    """Return where the money that policies paid had gone by a quarter.

    Parameters
    ----------
    base, own : worlds without and with the policies
    until : last quarter that is counted

    Returns
    -------
    million CNY at the run's scale by part, adding up to `public_paid`
    """
    paid = public_paid(base, own, until)
    flows = own.paid_between(until).sub(base.paid_between(until), fill_value=0.0)
    moved = flows[~flows.index.get_level_values("account").isin(FINANCING)].reset_index(name="amount")
    account, payer, payee = (moved[name].astype(object) for name in ("account", "payer", "payee"))
    amount = moved["amount"].to_numpy()

    def summed(accounts: tuple[str, ...], giver: tuple[str, ...] | None = None, to: str | None = None) -> float:
        chosen = account.isin(accounts) & (payer.isin(giver) if giver else True) & ((payee == to) if to else True)
        return float(amount[chosen.to_numpy()].sum())

    def net(sector: str) -> float:
        return float(amount[(payee == sector).to_numpy()].sum() - amount[(payer == sector).to_numpy()].sum())

    def difference(column: str, how: str) -> float:
        rows = [world.books[world.books["quarter"] <= until] for world in (own, base)]
        values = [row[column].sum() if how == "sum" else row[column].iloc[-1] for row in rows]
        return float(values[0] - values[1])

    bought = summed(("rd_purchases",), ("firms",))
    bought_by_institutes = summed(("rd_purchases",), ("institutes",))
    real_rd, debt = difference("rd_real", "sum"), difference("debt", "last")
    relabelled = relabelled_money(own, until) - relabelled_money(base, until)
    deposits = summed(("deposits",)) - summed(("deposits_withdrawn",))
    found = {
        "wages": summed(("wages", "labour_wages"), EMPLOYERS, "households") - (real_rd - bought),
        "real_rd": real_rd + bought_by_institutes,
        "relabelled_rd": relabelled,
        "support": float(amount[(payer.isin(GOVERNMENTS) & (payee == "households")).to_numpy()].sum()),
        "rents": net("landlords"),
        "bank_margin": net("banks") + debt - deposits,
        "owners": summed(OWNERS, None, "households") - summed(INVESTMENTS, ("households",)),
        "fund_fees": summed(FEES, None, "households"),
        "tax_district": summed(TAXES, None, "district"),
        "tax_upper": summed(TAXES, None, "upper"),
        "recovered": _noted(own, until, "recovered") - _noted(base, until, "recovered"),
        "outside": net("world") - bought - bought_by_institutes,
        "firms_kept": net("firms") - debt - relabelled,
    }
    return pd.Series({**found, REST: paid - sum(found.values())}).reindex(list(PARTS))


def relabelled_money(world: World, until: int) -> float:
    """Return what policies paid for reported R&D that was never done (million CNY, at the run's scale)."""
    notes = world.reached
    notes = notes[notes["by"].isin(ON_REPORTED) & (notes["way"] == "paid") & (notes["quarter"] <= until)]
    keys, quarters = notes["key"].to_numpy(), notes["quarter"].to_numpy()
    real, reported = (world.firm_values(name, keys, quarters) for name in ("rd_spend", "rd_reported"))
    false = np.where(reported > 0.0, 1.0 - np.minimum(real / np.where(reported > 0.0, reported, 1.0), 1.0), 0.0)
    return float(notes["amount"].to_numpy() @ false)

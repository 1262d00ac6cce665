"""Insolvency: what a failing firm has is sold and shared out, covers are called, banks remember."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulation.populations.columns import Array
from simulation.populations.funds import GUARANTOR
from simulation.processes.credit import screening
from simulation.processes.credit.lending import DEFAULT, DUST, Outlook, technological

if TYPE_CHECKING:
    from simulation.world import World


def settle_defaults(world: World, insolvent: Array, outlook: Outlook) -> None:
    """Sell what insolvent firms have, share it out, write off the rest, and note what cover must repay.

    Parameters
    ----------
    insolvent : (n,) rows of firms that default now; they are left without cash, debt and capital
    """
    f, funds, loans, ledger, p = world.firms, world.funds, world.loans, world.ledger, outlook.p
    hit = np.zeros(len(f), dtype=bool)
    hit[insolvent] = True
    lost = np.flatnonzero(hit[outlook.owner] & (loans.principal > DUST))
    owner, lender, principal = outlook.owner[lost], outlook.lender[lost], loans.principal[lost].copy()
    share = screening.recoverable_share(f.capital[owner], f.sales_year[owner], f.debt[owner], p)
    recovered = principal * share
    ledger.pay("liquidation", "world", f.at(owner), recovered)
    ledger.repay(f.at(owner), funds.at(lender), recovered)
    loss = principal - recovered
    ledger.write_off(funds.at(lender), f.at(owner), loss)
    _call_guarantees(world, lender, loss * loans.guaranteed[lost])
    claim = loss * loans.covered[lost]
    fresh = ~loans.troubled[lost]
    records = world.records
    for flow, amount in (("defaulted_principal", principal), ("true_default_principal", principal * fresh),
                         ("covered_defaulted", principal * (loans.covered[lost] > 0)), ("credit_losses", loss),
                         ("pool_claims_due", claim)):
        records.flow(flow, amount.sum())
    n = len(lost)
    records.table(
        "loans", firm_key=f.key[owner], bank_key=funds.key[lender], kind=np.full(n, DEFAULT), asked=np.zeros(n),
        granted=np.zeros(n), rate=loans.rate[lost] * 4.0, score=np.ones(n), covered=loans.covered[lost],
        unaided=np.zeros(n, dtype=bool), tier=f.tier[owner], age=world.quarter - f.born[owner],
        technology=technological(world, owner), defaulted=np.ones(n, dtype=bool), loss=loss, claim=claim,
    )
    _adjust_standards(world, lender, loss, outlook)

    cash = f.cash[insolvent]
    house = outlook.house_bank(f.key[insolvent])
    ledger.pay("overdraft_loss", funds.at(house), f.at(insolvent), np.maximum(-cash, 0.0))
    ledger.pay("estate", f.at(insolvent), "households", np.maximum(cash, 0.0))
    f.capital[insolvent] = 0.0
    records.flow("defaults", len(insolvent))
    kept = ~hit[outlook.owner] & (loans.principal > DUST)
    loans.keep(kept)
    outlook.owner, outlook.lender = outlook.owner[kept], outlook.lender[kept]


def _call_guarantees(world: World, lender: Array, claim: Array) -> None:
    """Let the guarantor pay what it guaranteed as long as it has cash; the rest stays with the banks."""
    funds = world.funds
    rows = funds.live[funds.kind[funds.live] == GUARANTOR]
    total = claim.sum()
    if not len(rows) or total <= 0.0:
        return
    paid = claim * min(1.0, max(funds.cash[rows[0]], 0.0) / total)
    world.ledger.pay("guarantee_claims", funds.at(np.full(len(lender), rows[0])), funds.at(lender), paid)
    world.records.flow("guarantee_claims", paid.sum())


def _adjust_standards(world: World, lender: Array, loss: Array, outlook: Outlook) -> None:
    """Raise the required return of banks that lose more than usual, slowly; never below the normal."""
    funds, p, banks = world.funds, outlook.p, outlook.banks
    lost = np.bincount(lender, loss, minlength=len(funds))[banks]
    excess = lost / np.maximum(funds.loan_book[banks], 1.0 * world.scale) - p.usual_loss
    funds.standard[banks] = np.clip(0.9 * funds.standard[banks] + 0.1 * p.standard_response * excess * 4.0, 0.0, 0.0025)

"""Every payment, in two independent books that must agree each quarter.

Book one is the agents' own money columns. Book two is the matrix of payments between sectors and the
record of loans made, repaid and written off. Money moves only through `Ledger`; a process that changes
a money column itself, or lets an agent die with money in its purse, is found at the end of the quarter.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import TYPE_CHECKING, Any

import numpy as np

from simulation.errors import AccountingError
from simulation.populations.columns import Array, Population, Purse

if TYPE_CHECKING:
    from simulation.reach import Reach

SECTORS = (
    "firms", "households", "institutes", "funds", "banks", "guarantors", "landlords", "district", "upper", "world",
)
"""Payers and payees: the district's and the upper governments, and the rest of the world, included."""

GOVERNMENTS = ("district", "upper")

_INDEX = {name: i for i, name in enumerate(SECTORS)}
TOLERANCE = 1e-9


@dataclass
class Account:
    """Public money of one policy: appropriated, paid, recovered, contingent (million CNY).

    Parameters
    ----------
    policy : name of the policy
    """

    policy: str
    appropriated: float = 0.0
    paid: float = 0.0
    recovered: float = 0.0
    contingent: float = 0.0
    payout_ratio: float = 1.0
    """Share of last quarter's dues that was paid; what agents expect now."""
    paid_by_quarter: dict[int, float] = field(default_factory=dict)
    paid_for: dict[str, dict[int, float]] = field(default_factory=dict)
    """Paid by the ledger's account and by quarter."""
    recovered_as: dict[str, float] = field(default_factory=dict)
    """Recovered by the ledger's account."""

    @property
    def balance(self) -> float:
        """What is left to pay from: appropriated plus recovered less paid."""
        return max(self.appropriated + self.recovered - self.paid, 0.0)

    def appropriate(self, amount: float) -> None:
        """Add an appropriation (million CNY)."""
        self.appropriated += amount

    def paid_in(self, quarter: int, purpose: str | None = None) -> float:
        """Return what was paid in a quarter, in all or under one of the ledger's accounts (million CNY)."""
        paid = self.paid_by_quarter if purpose is None else self.paid_for.get(purpose, {})
        return paid.get(quarter, 0.0)


def _sectors(party: str | Purse) -> int | Array:
    """Return the index of a party's sector, or of the sector of each purse."""
    if isinstance(party, str):
        return _INDEX[party]
    population = party.population
    if population.sector:
        return _INDEX[population.sector]
    return population.sector_codes.take(population.kind.take(party.rows))


def _change(purse: Purse, column: str, operation: np.ufunc, amounts: Array) -> None:
    """Add to, or subtract from, a column of agents; one named twice is changed twice."""
    array = purse.population.arrays[column]
    locked = not array.flags.writeable
    if locked:
        array.setflags(write=True)
    operation.at(array, purse.rows, amounts)
    if locked:
        array.setflags(write=False)


class Ledger:
    """Book two: payments between sectors by account, and the loans between them.

    Parameters
    ----------
    populations : those whose agents own `cash` (and `debt` or `loan_book`)
    """

    def __init__(self, populations: tuple[Population, ...]) -> None:
        self.populations = populations
        self.quarter = 0
        self.totals: dict[str, Array] = defaultdict(lambda: np.zeros((len(SECTORS), len(SECTORS))))
        self.flows: dict[str, Array] = {}
        self.accounts: dict[str, Account] = {}
        self.policy_flows: dict[str, float] = {}
        """Paid by each policy this quarter, by all levels of government (million CNY)."""
        self.district_policy_cost = 0.0
        self.upper_policy_cost = 0.0
        """Paid on policies this quarter by the district and by upper governments, less recoveries (million CNY)."""
        self.reach: Reach | None = None
        """Notes of whom policies pay, if anybody asked for them."""
        self._debt = np.zeros(len(SECTORS))
        self._opening: tuple[Array, Array] | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "totals": dict(self.totals)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        totals: dict[str, Array] = defaultdict(lambda: np.zeros((len(SECTORS), len(SECTORS))))
        totals.update(state["totals"])
        self.totals = totals

    def account(self, policy: str) -> Account:
        """Return the account of a policy, opened at the first call."""
        return self.accounts.setdefault(policy, Account(policy))

    def pay(self, account: str, payer: str | Purse, payee: str | Purse, amount: Array | float,
            policy: Account | None = None, for_assets: bool = False) -> float:
        """Move money from payers to payees.

        Parameters
        ----------
        account : what is paid for ("wages", "rent", "loan_principal", ...)
        payer, payee : a sector without purses of its own, or purses of agents (`population.at(rows)`)
        amount : (n,) or scalar, million CNY, not negative; one for each purse
        policy : public account that is charged (payer) or recovers (payee a government)
        for_assets : public money pays for plant and equipment, so it is no income of the firms that receive it

        Returns
        -------
        float, the sum paid

        Raises
        ------
        ValueError
            An amount is negative or not finite.
        """
        amounts = np.asarray(amount, dtype=np.float64)
        if not amounts.size:
            return 0.0
        pays, receives = isinstance(payer, Purse), isinstance(payee, Purse)
        if amounts.ndim == 0 and (pays or receives):
            amounts = np.full(len((payer if pays else payee).rows), float(amounts))  # type: ignore[union-attr]
        total = float(np.add.reduce(amounts, axis=None))
        if not isfinite(total) or np.minimum.reduce(amounts, axis=None) < 0:
            raise ValueError(f'payment "{account}" is negative or not finite')
        if total == 0.0:
            return 0.0
        matrix = self.flows.get(account)
        if matrix is None:
            matrix = self.flows[account] = np.zeros((len(SECTORS), len(SECTORS)))
        payers, payees = _sectors(payer), _sectors(payee)
        if isinstance(payers, int) and isinstance(payees, int):
            matrix[payers, payees] += total
        elif isinstance(payers, int):
            matrix[payers] += np.bincount(payees, amounts, len(SECTORS))
        else:
            size = len(SECTORS)
            matrix += np.bincount(payers * size + payees, amounts, size * size).reshape(size, size)
        if pays:
            _change(payer, "cash", np.subtract, amounts)  # type: ignore[arg-type]
        if receives:
            _change(payee, "cash", np.add, amounts)  # type: ignore[arg-type]
        if policy is not None:
            if payer in GOVERNMENTS:
                if receives and not for_assets and "support" in payee.population.arrays:  # type: ignore[union-attr]
                    _change(payee, "support", np.add, amounts)  # type: ignore[arg-type]
                policy.paid += total
                policy.paid_by_quarter[self.quarter] = policy.paid_in(self.quarter) + total
                policy.paid_for.setdefault(account, {})[self.quarter] = policy.paid_in(self.quarter, account) + total
                self.policy_flows[policy.policy] = self.policy_flows.get(policy.policy, 0.0) + total
            else:
                policy.recovered += total
                policy.recovered_as[account] = policy.recovered_as.get(account, 0.0) + total
            self.district_policy_cost += total * ((payer == "district") - (payee == "district"))
            self.upper_policy_cost += total * ((payer == "upper") - (payee == "upper"))
            if self.reach is not None:
                self._note(self.reach, policy.policy, account, payer in GOVERNMENTS, payee, amounts)
        return total

    def _note(self, reach: Reach, policy: str, account: str, spent: bool, payee: str | Purse, amounts: Array) -> None:
        """Note whom a policy's money went to, or that it came back."""
        if not spent:
            reach.recovered(policy, account, float(np.sum(amounts)))
        elif isinstance(payee, Purse):
            population = payee.population
            reach.paid(policy, population.name, population.arrays["key"][payee.rows], account, amounts)
        else:
            reach.paid(policy, payee, np.zeros(1, dtype=np.int64), account, np.reshape(np.sum(amounts), 1))

    def pay_dues(self, name: str, policy: Account, payee: str | Purse, dues: Array | float,
                 upper_share: float = 0.0, for_assets: bool = False) -> Array:
        """Pay what a policy owes, prorated to what its account holds.

        Parameters
        ----------
        name : account of the payment
        policy : public account that is charged
        payee : sector or purses
        dues : (n,) or scalar, million CNY, not negative
        upper_share : share borne by upper governments
        for_assets : see `pay`

        Returns
        -------
        (n,) or scalar, million CNY paid; the sum never exceeds the account's balance
        """
        dues = np.asarray(dues, dtype=np.float64)
        total = float(dues.sum())
        if total <= 0.0:
            policy.payout_ratio = 1.0
            return dues * 0.0
        policy.payout_ratio = min(1.0, policy.balance / total)
        paid = dues * policy.payout_ratio
        if upper_share > 0.0:
            self.pay(name, "upper", payee, paid * upper_share, policy, for_assets)
        if upper_share < 1.0:
            self.pay(name, "district", payee, paid * (1.0 - upper_share), policy, for_assets)
        return paid

    def pay_bills(self, name: str, policy: Account, bills: Sequence[tuple[str | Purse, Array | float]],
                  upper_share: float = 0.0) -> float:
        """Pay what a policy owes to several kinds of payees, all prorated alike.

        Parameters
        ----------
        name, policy, upper_share : see `pay_dues`
        bills : payee and dues of each kind

        Returns
        -------
        float, the share of the dues that was paid
        """
        total = sum(float(np.sum(dues)) for _, dues in bills)
        share = min(1.0, policy.balance / total) if total > 0.0 else 1.0
        for payee, dues in bills:
            self.pay_dues(name, policy, payee, np.asarray(dues, dtype=np.float64) * share, upper_share)
        policy.payout_ratio = share
        return share

    def lend(self, bank: Purse, firm: Purse, principal: Array) -> None:
        """Pay out loans: cash and debt of the firms and the banks' books rise by the principal (n,)."""
        self.pay("loan_principal", bank, firm, principal)
        self._owe(bank, firm, np.asarray(principal, dtype=np.float64))

    def repay(self, firm: Purse, bank: Purse, principal: Array) -> None:
        """Repay principal (n,): cash and debt of the firms and the banks' books fall."""
        self.pay("loan_repayment", firm, bank, principal)
        self._owe(bank, firm, -np.asarray(principal, dtype=np.float64))

    def write_off(self, bank: Purse, firm: Purse, principal: Array) -> None:
        """Write off principal (n,) that will not be repaid: debt and the banks' books fall, no cash moves."""
        self._owe(bank, firm, -np.asarray(principal, dtype=np.float64))

    def sum_of(self, account: str, payer: str | None = None, payee: str | None = None) -> float:
        """Return this quarter's payments of an account between sectors (all when left out), million CNY."""
        matrix = self.flows.get(account)
        if matrix is None:
            return 0.0
        rows = slice(None) if payer is None else _INDEX[payer]
        columns = slice(None) if payee is None else _INDEX[payee]
        return float(np.sum(matrix[rows, columns]))

    def open_quarter(self, quarter: int) -> None:
        """Start a quarter's books from the agents' columns as they stand."""
        self.quarter = quarter
        self.flows = {}
        self.policy_flows = {}
        self.district_policy_cost = self.upper_policy_cost = 0.0
        self._debt = np.zeros(len(SECTORS))
        self._opening = self._columns()

    def close_quarter(self) -> float:
        """Check the two books against each other and add the quarter to the totals.

        Returns
        -------
        float, the largest relative disagreement

        Raises
        ------
        AccountingError
            A sector's columns changed by another sum than the payments say.
        """
        cash_before, debt_before = self._opening  # type: ignore[misc]
        cash_now, debt_now = self._columns()
        net = np.zeros(len(SECTORS))
        turnover = np.zeros(len(SECTORS))
        for account, matrix in self.flows.items():
            self.totals[account] += matrix
        if self.flows:
            between = np.sum(list(self.flows.values()), axis=0)
            received, spent = between.sum(axis=0), between.sum(axis=1)
            net, turnover = received - spent, received + spent
        worst = 0.0
        books = (("cash", cash_now - cash_before, net), ("debt", debt_now - debt_before, self._debt))
        for book, columns, payments in books:
            size = 1.0 + np.abs(cash_before) + np.abs(debt_before) + turnover
            gap = np.abs(columns - payments) / size
            for sector in ("firms", "institutes", "funds", "banks", "guarantors"):
                i = _INDEX[sector]
                if gap[i] > TOLERANCE or not np.isfinite(gap[i]):
                    largest = max(self.flows, key=lambda a: float(self.flows[a][i].sum() + self.flows[a][:, i].sum()),
                                  default="none")
                    raise AccountingError(
                        f"sector {sector}, account {book}, quarter {self.quarter}: agents' columns changed by "
                        f"{columns[i]:.9g} million CNY, payments say {payments[i]:.9g}; most likely a process wrote "
                        f"{book} itself or closed an agent that still held some (largest flow: {largest})"
                    )
                worst = max(worst, float(gap[i]))
        self._opening = None
        return worst

    def _owe(self, bank: Purse, firm: Purse, change: Array) -> None:
        if not change.size:
            return
        _change(firm, "debt", np.add, change)
        _change(bank, "loan_book", np.add, change)
        self._debt[_INDEX["firms"]] += change.sum()
        self._debt += np.bincount(np.broadcast_to(_sectors(bank), change.shape), change, len(SECTORS))

    def _columns(self) -> tuple[Array, Array]:
        """Book one: cash, and debt owed (firms) or owned (banks), summed by sector over living agents."""
        cash, debt = np.zeros(len(SECTORS)), np.zeros(len(SECTORS))
        for population in self.populations:
            rows = population.live
            code = _sectors(population.at(rows))
            for book, column in ((cash, "cash"), (debt, "debt"), (debt, "loan_book")):
                if column not in population.arrays:
                    continue
                amounts = population.arrays[column][rows]
                if isinstance(code, int):
                    book[code] += amounts.sum()
                else:
                    book += np.bincount(code, amounts, len(SECTORS))
        return cash, debt

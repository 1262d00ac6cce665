"""The loan book in a quarter: interest, loans due, applications, new loans, renewals and defaults.

Stages of the credit market, in the order in which `credit` calls them; the rules are in `screening`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from simulation.draws import pair_keys
from simulation.populations.columns import Array
from simulation.populations.funds import GUARANTOR
from simulation.populations.talent import FINANCE
from simulation.processes.credit import screening

if TYPE_CHECKING:
    from simulation.draws import Draws
    from simulation.levers import Levers
    from simulation.world import World

DUST = 1e-9
NEW, RENEWAL, DEFAULT = range(3)
"""Kinds of event in the records table "loans"."""


class Outlook:
    """What banks see this quarter: their impressions of firms, and who banks where.

    Parameters
    ----------
    world, draws, p : the world, its draws and the quarterly credit parameters
    banks : (b,) rows of the banks, in the order of their keys
    """

    def __init__(self, world: World, draws: Draws, banks: Array, p: Any) -> None:
        self.p, self.draws, self.banks = p, draws, banks
        self.year = world.quarter // 4
        f, funds, loans = world.firms, world.funds, world.loans
        self.owner, self.lender = f.rows_of(loans.firm), funds.rows_of(loans.bank)
        people = funds.staff[banks, FINANCE] / np.maximum(funds.loan_book[banks] / 1000.0, 0.05 * world.scale)
        noise = p.impression_noise * np.exp(-p.skill_effect * funds.skill[banks])
        self.noise = np.zeros(len(funds))
        self.noise[banks] = noise * (1.0 + people) ** -p.finance_staff_effect

    def house_bank(self, keys: Array) -> Array:
        """Return the row of each firm's house bank."""
        return self.banks[self._house(keys)]

    def _house(self, keys: Array) -> Array:
        return (self.draws.uniform("credit.house_bank", keys, fixed=True) * len(self.banks)).astype(np.int64)

    def house_banks(self, keys: Array) -> tuple[Array, Array]:
        """Return rows of the two banks that each firm asks: its house bank, and another that changes by year."""
        n, first = len(self.banks), self._house(keys)
        step = (self.draws.uniform(f"credit.other_bank.{self.year}", keys, fixed=True) * max(n - 1, 1)).astype(np.int64)
        return self.banks[first], self.banks[(first + 1 + step) % n]

    def judge(self, world: World, firm: Array, bank: Array, loan: Array | float,
              cover: Array | float) -> tuple[Array, Array]:
        """Return what banks believe of borrowers: default probability (n, b) and loss given default (n, 1).

        Parameters
        ----------
        firm, bank : (n, 1) and (n, b) rows
        loan : (n, 1), million CNY of new money
        cover : (n, 1) or scalar, share of a loss borne by others
        """
        f, funds, p = world.firms, world.funds, self.p
        cash, debt, capital, sales = f.cash[firm], f.debt[firm], f.capital[firm], f.sales_year[firm]
        leverage = screening.leverage_after(debt, loan, capital, cash, sales)
        liquidity = (cash + loan) / np.maximum(sales / 4.0, 0.05)
        age = (world.quarter - f.born[firm]) / 4.0
        effort = screening.screening_effort(cover, p)
        pairs = pair_keys(f.key[firm], funds.key[bank])
        luck = self.draws.normal(f"credit.impression.{self.year}", pairs, fixed=True)
        slip = self.draws.normal(f"credit.books.{self.year}", f.key[firm], fixed=True)
        blur = p.book_noise * (1.0 + p.book_noise_young / (age + 0.5))
        shown = np.clip(f.margin[firm], -0.3, 0.3)
        margin = screening.believed(shown, slip, blur, effort, p.margin_spread, p.margin_mean)
        belief = screening.believed(f.quality[firm], luck, self.noise[bank], effort)
        score = screening.book_score(leverage, margin, liquidity, age, p)
        loss = 1.0 - screening.recoverable_share(capital, sales, debt + loan, p)
        return screening.default_probability(score, belief, p), loss


@dataclass
class Cases:
    """Applications of a quarter, new loans first, then renewals; arrays (n,) or (n, 2) over the banks asked."""

    firm: Array
    amount: Array
    loan: Array
    """Index in the loan table; -1 for new loans."""
    bank: Array
    asked: Array
    rate: Array = field(default_factory=lambda: np.empty(0))
    granted: Array = field(default_factory=lambda: np.empty(0, dtype=bool))
    covered: Array = field(default_factory=lambda: np.empty(0))
    guaranteed: Array = field(default_factory=lambda: np.empty(0))
    lender: Array = field(default_factory=lambda: np.empty(0, dtype=np.int64))

    @property
    def new(self) -> Array:
        """(n,) bool: asks for new money."""
        return self.loan < 0


def collect_interest(world: World, outlook: Outlook) -> None:
    """Charge interest on loans, and on overdrafts at the house bank."""
    f, loans, ledger = world.firms, world.loans, world.ledger
    rows = f.live
    overdrawn = rows[f.cash[rows] < 0.0]
    charge = -f.cash[overdrawn] * outlook.p.overdraft_rate
    due = loans.principal * loans.rate
    ledger.pay("interest", f.at(outlook.owner), world.funds.at(outlook.lender), due)
    house = world.funds.at(outlook.house_bank(f.key[overdrawn]))
    ledger.pay("interest", f.at(overdrawn), house, charge)
    total = np.zeros(len(f))
    np.add.at(total, outlook.owner, due)
    total[overdrawn] += charge
    f.interest[rows] = total[rows]
    world.records.flow("interest", float(total.sum()))


def collect_due(world: World, outlook: Outlook) -> Array:
    """Collect loans due from spare cash; return (n,) indices of the loans whose rest must be renewed."""
    f, loans = world.firms, world.loans
    due = np.flatnonzero(loans.due <= world.quarter)
    owner = outlook.owner[due]
    owed = np.bincount(owner, loans.principal[due], minlength=len(f))[owner]
    spare = np.maximum(f.cash[owner] - outlook.p.spare_cash * f.sales_year[owner] / 4.0, 0.0)
    share = np.minimum(spare / np.maximum(owed, DUST), 1.0)
    paid = loans.principal[due] * share
    world.ledger.repay(f.at(owner), world.funds.at(outlook.lender[due]), paid)
    loans.principal[due] -= paid
    return due[loans.principal[due] > DUST]


def applications(world: World, levers: Levers, outlook: Outlook, due: Array) -> Cases:
    """Gather what firms ask for: new money at two banks, renewals at the lender.

    Firms refused lately are discouraged from asking (Kon and Storey 2003), unless cover is open to them.
    """
    f, p = world.firms, outlook.p
    rows = f.live
    asking = rows[f.finance_gap[rows] >= p.smallest_loan]
    hopeful = world.quarter - f.refused[asking] > p.discouragement
    if levers.loss_cover.active:
        hopeful |= (levers.loss_cover.on(world.firm_view(asking)) > 0.0) & (levers.cover_capacity.value() > 0.0)
    world.records.flow("loans_discouraged", f.finance_gap[asking[~hopeful]].sum())
    asking = asking[hopeful]
    first, second = outlook.house_banks(f.key[asking])
    lender = outlook.lender[due]
    several = len(outlook.banks) > 1
    return Cases(
        firm=np.concatenate([asking, outlook.owner[due]]),
        amount=np.concatenate([f.finance_gap[asking], world.loans.principal[due]]),
        loan=np.concatenate([np.full(len(asking), -1), due]),
        bank=np.stack([np.concatenate([first, lender]), np.concatenate([second, lender])], axis=1),
        asked=np.stack([np.ones(len(asking) + len(due), dtype=bool),
                        np.concatenate([np.full(len(asking), several), np.zeros(len(due), dtype=bool)])], axis=1),
    )


def screen(world: World, levers: Levers, cases: Cases, outlook: Outlook, draws: Draws) -> None:
    """Let banks make offers; the firm takes the cheapest; cover is used while there is capacity."""
    f, funds, loans, p = world.firms, world.funds, world.loans, outlook.p
    n, firm = len(cases.firm), cases.firm
    money = np.where(cases.new, cases.amount, 0.0)[:, None]
    overhead = (p.loan_cost / np.maximum(cases.amount, 0.01))[:, None] + funds.standard[cases.bank]
    risk, loss = outlook.judge(world, firm[:, None], cases.bank, money, 0.0)
    plain = screening.required_rate(risk, loss, 0.0, overhead, p)
    # A firm in trouble gets no new money: overdrawn for long, or with a rolled-over loan.
    troubled = np.zeros(len(f), dtype=bool)
    troubled[outlook.owner[loans.troubled]] = True
    refused = cases.new & (troubled[firm] | (f.overdue[firm] > 0))
    plain[~cases.asked | refused[:, None]] = np.inf

    # Not to renew may cost the whole loan, so a bank renews below cost what it would not lend anew.
    limit = p.rate_cap + np.where(cases.new, 0.0, p.renewal_leniency)
    rate, pick = plain.min(axis=1), plain.argmin(axis=1)
    unaided = rate <= limit
    cases.covered, cases.guaranteed = np.zeros(n), np.zeros(n)
    cover = guarantee = np.zeros(n)
    if levers.loss_cover.active or levers.guarantee_share.active:
        view = world.firm_view(firm)
        cover = np.broadcast_to(levers.loss_cover.on(view), n)
        guarantee = np.broadcast_to(levers.guarantee_share.on(view), n)
    if n and (cover.max() > 0.0 or guarantee.max() > 0.0):
        guarantee = np.minimum(guarantee, np.maximum(1.0 - p.bank_share - cover, 0.0))
        asked = float((guarantee * cases.amount).sum())
        guarantee = guarantee * min(1.0, _guarantor_room(world, p) / max(asked, 1e-12))
        # The pool takes no loan already in trouble: a renewal qualifies if it is sound, or covered before.
        held = np.zeros(n, dtype=bool)
        held[~cases.new] = loans.covered[cases.loan[~cases.new]] > 0.0
        eligible = (cover + guarantee > 0.0) & ~refused & (cases.new | unaided | held)
        expected = (cover * world.published.get("pool_payout_ratio", 1.0) + guarantee)[:, None]
        pairs = pair_keys(f.key[firm][:, None], funds.key[cases.bank])
        spell = p.paperwork_spread * draws.normal("credit.paperwork", pairs, fixed=True) - p.paperwork_spread**2 / 2
        fees = (levers.cover_fee.value() / 4.0 * cover + p.guarantee_fee * guarantee)[:, None]
        extra = fees + levers.cover_paperwork.value() / 4.0 * np.exp(spell)
        risk_covered, _ = outlook.judge(world, firm[:, None], cases.bank, money, (cover + guarantee)[:, None])
        aided = screening.required_rate(risk_covered, loss, expected, overhead + extra, p)
        aided[~(cases.asked & screening.uses_cover(plain, aided, eligible[:, None], limit[:, None]))] = np.inf
        wants = aided.min(axis=1) < rate
        queue = draws.uniform("credit.queue", f.key[firm])
        wants[wants] = screening.within_capacity(cases.amount[wants], queue[wants], levers.cover_capacity.value())
        pick = np.where(wants, aided.argmin(axis=1), pick)
        rate = np.where(wants, aided.min(axis=1), rate)
        risk = np.where(wants[:, None], risk_covered, risk)
        cases.covered[wants], cases.guaranteed[wants] = cover[wants], guarantee[wants]
        for flow, mask in (("covered_already_banked", wants & unaided), ("covered_new", wants & ~unaided)):
            world.records.flow(flow, cases.amount[mask].sum())
    cases.granted = rate <= limit
    f.refused[firm[cases.new & ~cases.granted]] = world.quarter
    cases.rate = np.where(cases.granted, np.minimum(rate, p.rate_cap), 0.0)
    cases.lender = cases.bank[np.arange(n), pick]
    risk = risk[np.arange(n), pick]
    world.records.table(
        "loans", firm_key=f.key[firm], bank_key=funds.key[cases.lender], kind=np.where(cases.new, NEW, RENEWAL),
        asked=cases.amount, granted=cases.amount * cases.granted, rate=cases.rate * 4.0, score=1.0 - (1.0 - risk) ** 4,
        covered=cases.covered, unaided=unaided, tier=f.tier[firm], age=world.quarter - f.born[firm],
        technology=technological(world, firm), defaulted=np.zeros(n, dtype=bool), loss=np.zeros(n), claim=np.zeros(n),
    )


def technological(world: World, rows: Array) -> Array:
    """Return whether firms (n,) count as technology firms in the statistics of loans."""
    f = world.firms
    return (f.tier[rows] <= 3) | (f.certificate_until[rows] >= world.quarter)


def _guarantor_room(world: World, p: Any) -> float:
    """Return the guarantees that guarantors may still give (million CNY)."""
    funds = world.funds
    rows = funds.live[funds.kind[funds.live] == GUARANTOR]
    return float(np.maximum(funds.cash[rows] * p.guarantor_leverage - funds.guaranteed[rows], 0.0).sum())


def lend(world: World, cases: Cases, outlook: Outlook) -> None:
    """Pay out new loans and make the investments that they finance."""
    f, p = world.firms, outlook.p
    chosen = np.flatnonzero(cases.new & cases.granted)
    firm, amount = cases.firm[chosen], cases.amount[chosen]
    world.ledger.lend(world.funds.at(cases.lender[chosen]), f.at(firm), amount)
    invested = np.minimum(f.investment_wanted[firm], np.maximum(f.cash[firm], 0.0))
    world.ledger.pay("investment", f.at(firm), "world", invested)
    f.capital[firm] += invested
    f.investment[firm] += invested
    f.investment_wanted[firm] -= invested
    f.finance_gap[firm] = 0.0
    term = np.where(invested > 0.5 * amount, p.investment_term, p.term)
    world.loans.append(
        firm=f.key[firm], bank=world.funds.key[cases.lender[chosen]], principal=amount, rate=cases.rate[chosen],
        born=np.full(len(firm), world.quarter), due=world.quarter + term.astype(np.int64),
        covered=cases.covered[chosen], guaranteed=cases.guaranteed[chosen],
    )
    outlook.owner = np.concatenate([outlook.owner, firm])
    outlook.lender = np.concatenate([outlook.lender, cases.lender[chosen]])
    world.records.flow("investment", invested.sum())


def renew(world: World, cases: Cases, outlook: Outlook) -> Array:
    """Renew sound loans, roll over bad ones for a while; return (n,) rows of firms whose loan is called in vain."""
    f, loans, p = world.firms, world.loans, outlook.p
    case = np.flatnonzero(~cases.new)
    loan, granted = cases.loan[case], cases.granted[case]
    sound = loan[granted]
    loans.rate[sound], loans.due[sound] = cases.rate[case][granted], world.quarter + int(p.term)
    loans.covered[sound], loans.guaranteed[sound] = cases.covered[case][granted], cases.guaranteed[case][granted]
    loans.troubled[sound], loans.rolled[sound] = False, 0

    bad = loan[~granted]
    fresh = bad[~loans.troubled[bad]]
    world.records.flow("true_default_principal", loans.principal[fresh].sum())
    loans.troubled[bad] = True
    patient = loans.rolled[bad] < p.rollovers
    rolled, called = bad[patient], bad[~patient]
    loans.rolled[rolled] += 1
    loans.due[rolled] = world.quarter + int(p.rollover_term)
    # A called loan takes all cash, spare or not; what is missing is a default.
    owner = outlook.owner[called]
    owed = np.bincount(owner, loans.principal[called], minlength=len(f))[owner]
    able = f.cash[owner] >= owed
    paying = called[able]
    world.ledger.repay(f.at(owner[able]), world.funds.at(outlook.lender[paying]), loans.principal[paying])
    loans.principal[paying] = 0.0
    return np.unique(owner[~able])

"""Risk-compensation pool: public money stands behind part of banks' losses on loans to technology firms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulation.parameters import Label, param
from simulation.policy import Policy

if TYPE_CHECKING:
    from simulation.ledger import Account
    from simulation.levers import Levers
    from simulation.world import Records, World


class RiskPool(
    Policy,
    name="risk_pool",
    label=Label("Risk-compensation pool", "风险补偿资金池"),
    summary=Label(
        "A deposit commits banks to lend a multiple of it to eligible firms and repays part of their losses.",
        "设立风险补偿资金池，按存入资金的倍数放大对科技企业的贷款，并按比例补偿银行损失。",
    ),
    essay="设立风险补偿资金池",
):
    """Repays a share of lost principal on covered loans, from its account only; what is unpaid stays the bank's loss.

    The budget tops the deposit up after claims. New cover and payment stop while the covered book defaults too much.

    仅以其账户返还担保贷款的部分本金损失；未能返还的仍由银行承担。预算在赔付后补足资金池。担保贷款违约过多时，停止新增
    担保与赔付。
    """

    deposit: float = param(60.0, unit="million CNY", bounds=(0.0, 1e4), extensive=True, source="Ningbo 2015")
    """Money deposited at the start, and the level to which the budget restores it.
    启动时存入的资金，也是预算补足到的水平。"""
    multiple: float = param(10.0, unit="1", bounds=(0.0, 20.0), source="Ningbo 2015")
    """Covered loans that the pool's balance supports, as a multiple of it.
    资金池余额可支持的担保贷款倍数。"""
    loss_share: float = param(0.40, unit="1", bounds=(0.0, 0.9), source="Ningbo 2015")
    """Share of a bank's lost principal that the pool repays.
    资金池返还银行本金损失的比例。"""
    guarantor_share: float = param(0.40, unit="1", bounds=(0.0, 0.8), source="Ningbo 2015")
    """Share that the guarantor repays beside the pool; at least a fifth stays with the bank when it takes part.
    担保机构在资金池之外返还的比例；银行参与时自身至少承担五分之一。"""
    stop_threshold: float = param(0.05, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Yearly default share of the covered book above which cover and payment stop, until it falls below.
    担保贷款年违约率高于此值即停止担保与赔付，直至回落。"""
    fee: float = param(0.005, unit="1", bounds=(0.0, 0.05), source="finance ministry")
    """Fee that banks pay into the pool a year, share of the risk that the pool bears.
    银行每年缴入资金池的费用，占资金池所担风险的比例。"""
    paperwork: float = param(0.0075, unit="1", bounds=(0.0, 0.05), source="assumption")
    """Banks' own cost of filing and reporting covered loans, share a year.
    银行自身备案与报告担保贷款的成本，年比例。"""
    upper_share: float = param(0.0, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of claims borne by upper governments.
    上级政府承担的赔付比例。"""

    def appropriate(self, account: Account) -> None:
        """Place the deposit at the start; later top it up as far as the budget goes."""
        goal = self.deposit * self.strength
        if account.appropriated == 0.0:
            account.appropriate(goal)
        else:
            account.appropriate(min(self.budget * self.strength, max(goal - account.balance, 0.0)))

    def _stopped(self, world: World) -> bool:
        return world.published.get("covered_default_share", 0.0) > self.stop_threshold

    def _charge(self, levers: Levers) -> None:
        levers.cover_fee.move(self.fee)
        levers.cover_paperwork.move(self.paperwork)

    def announce(self, world: World, levers: Levers, account: Account) -> None:
        """Offer cover for as many new loans as the balance supports beside those already covered."""
        self._charge(levers)
        if self._stopped(world):
            return
        covered = float(world.loans.principal[world.loans.covered > 0.0].sum())
        levers.cover_capacity.move(max(self.multiple * account.balance - covered, 0.0))
        levers.loss_cover.move(self.loss_share * self.strength, self.eligible)
        if self.guarantor_share > 0.0:
            levers.guarantee_share.move(self.guarantor_share * self.strength, self.eligible)

    def complete(self, world: World, levers: Levers, account: Account) -> None:
        """Go on charging for loans that are still covered."""
        self._charge(levers)

    def settle(self, world: World, records: Records, account: Account) -> None:
        """Collect fees, then pay the quarter's claims as far as the account goes."""
        funds, ledger = world.funds, world.ledger
        fees = records.get("cover_fees", {"bank": np.empty(0, dtype=np.int64), "fee": np.empty(0)})
        if len(fees["bank"]):
            ledger.pay("cover_fee", funds.at(funds.rows_of(fees["bank"])), "district", fees["fee"], account)
        claims = records.column("loans", "claim")
        due = claims > 0.0
        paid = 0.0
        if due.any() and not self._stopped(world):
            banks = funds.rows_of(records.column("loans", "bank_key")[due])
            paid = float(ledger.pay_dues("pool_claims", account, funds.at(banks), claims[due], self.upper_share).sum())
        elif due.any():
            account.payout_ratio = 0.0
        loans = world.loans
        account.contingent = min(float((loans.principal * loans.covered).sum()), account.balance)
        records.flow("pool_claims", paid)
        records["pool_balance"] = account.balance
        records["pool_payout_ratio"] = account.payout_ratio

    def wind_down(self, world: World, records: Records, account: Account) -> None:
        """Meet claims on loans that are still covered after the end."""
        self.settle(world, records, account)

"""Risk pool: what it offers, whom it covers, what it pays and when it stops."""

import numpy as np
import pytest
from twin_worlds import START, twins

from simulation.ledger import Account
from simulation.levers import Levers
from simulation.policies.risk_pool import RiskPool
from simulation.policy import Eligibility, Span
from simulation.populations.columns import origin_keys
from simulation.populations.funds import BANK
from simulation.space.region import load_region
from simulation.world import FirmView, World


@pytest.fixture
def world():
    district = World(load_region("testbed"))
    district.funds.add(origin_keys("fund", 0, 0, np.arange(2)), kind=BANK)
    district.begin_quarter(9)
    district.lock(False)
    return district


def opened(world, **changes):
    """A pool with its deposit placed, its account and its levers after announcing."""
    pool = RiskPool(**changes).bound(world.region, world.scale)
    account, levers = world.ledger.account("risk_pool"), Levers()
    pool.appropriate(account)
    pool.announce(world, levers, account)
    return pool, account, levers


def events(world, claims):
    """Put defaults with claims at the first bank into the quarter's records."""
    n = len(claims)
    world.records.table("loans", bank_key=np.full(n, world.funds.key[0]), claim=np.array(claims, dtype=float))


def view(age, tier=2):
    n = len(age)
    return FirmView(np.full(n, tier), np.zeros(n, dtype=int), np.zeros(n, dtype=int), np.array(age), np.ones(n))


def test_covers_young_firms_only(world):
    _, _, levers = opened(world, loss_share=0.4, eligible=Eligibility(age=Span(high=32)))
    assert levers.loss_cover.on(view([4, 32, 33])).tolist() == [0.4, 0.4, 0.0]


def test_supports_a_multiple_of_its_balance_less_what_is_covered_already(world):
    principal, covered = np.array([[30.0, 5.0], [0.4, 0.0]])
    world.loans.append(firm=np.array([1, 2]), bank=np.array([3, 3]), principal=principal, covered=covered)
    _, account, levers = opened(world, deposit=20, multiple=10)
    assert account.balance == pytest.approx(20.0)
    assert levers.cover_capacity.value() == pytest.approx(170.0)


def test_the_budget_tops_the_deposit_up_and_no_further(world):
    pool, account, _ = opened(world, deposit=60, budget=20)
    pool.appropriate(account)
    assert account.balance == pytest.approx(60.0)
    account.paid = 3.0
    pool.appropriate(account)
    assert account.balance == pytest.approx(60.0)
    account.paid = 33.0
    pool.appropriate(account)
    assert account.balance == pytest.approx(35.0)


def test_pays_claims_to_banks_from_its_account(world):
    pool, account, _ = opened(world, deposit=10)
    events(world, [1.5, 0.0, 2.5])
    pool.settle(world, world.records, account)
    assert world.funds.cash[0] == pytest.approx(4.0)
    assert (account.paid, account.payout_ratio) == (pytest.approx(4.0), 1.0)
    assert world.records["pool_balance"] == pytest.approx(6.0)
    world.end_quarter()


def test_claims_beyond_the_balance_stay_the_banks_loss(world):
    pool, account, _ = opened(world, deposit=2)
    events(world, [3.0, 5.0])
    pool.settle(world, world.records, account)
    assert account.paid == pytest.approx(2.0)
    assert account.balance == pytest.approx(0.0)
    assert world.records["pool_payout_ratio"] == pytest.approx(0.25)


def test_stops_cover_and_payment_while_the_covered_book_defaults_too_much(world):
    world.published["covered_default_share"] = 0.06
    pool, account, levers = opened(world, stop_threshold=0.05)
    events(world, [1.0])
    pool.settle(world, world.records, account)
    assert not levers.loss_cover.active
    assert levers.cover_capacity.value() == 0.0
    assert account.paid == 0.0
    world.published["covered_default_share"] = 0.04
    _, _, levers = opened(world, stop_threshold=0.05)
    assert levers.loss_cover.active


def test_fees_come_back_into_the_pool(world):
    pool, account, _ = opened(world, deposit=10)
    world.funds.cash[:2] = 1.0
    world.ledger.open_quarter(9)
    world.records["cover_fees"] = {"bank": world.funds.key[:2], "fee": np.array([0.2, 0.3])}
    pool.settle(world, world.records, account)
    assert account.recovered == pytest.approx(0.5)
    assert account.balance == pytest.approx(10.5)
    world.end_quarter()


def test_claims_on_loans_still_covered_are_met_after_the_end(world):
    pool, account, _ = opened(world, deposit=10, end=8)
    levers = Levers()
    pool.complete(world, levers, account)
    assert not levers.loss_cover.active
    assert levers.cover_fee.value() == pytest.approx(pool.fee)
    events(world, [2.0])
    pool.wind_down(world, world.records, account)
    assert account.paid == pytest.approx(2.0)


def test_zero_strength_offers_and_costs_nothing(world):
    pool, account, levers = opened(world, strength=0.0)
    pool.appropriate(account)
    assert account.appropriated == 0.0
    assert levers.cover_capacity.value() == 0.0
    assert (levers.loss_cover.on(view([1, 2])) == 0.0).all()


def test_the_guarantor_joins_when_asked(world):
    _, _, levers = opened(world, guarantor_share=0.2)
    assert (levers.guarantee_share.on(view([1])) == 0.2).all()
    assert not opened(world, guarantor_share=0.0)[2].guarantee_share.active


def test_contingent_exposure_is_what_the_pool_may_still_have_to_pay():
    district = World(load_region("testbed"))
    district.loans.append(firm=np.array([1]), bank=np.array([3]), principal=np.array([30.0]), covered=np.array([0.4]))
    account = Account("risk_pool", appropriated=20.0)
    RiskPool().settle(district, district.records, account)
    assert account.contingent == pytest.approx(12.0)


def test_whoever_borrows_without_the_pool_borrows_with_it_and_others_besides():
    changes = {"deposit": 500.0, "loss_share": 0.6, "eligible": {"tiers": [1, 2, 3], "age": {"high": 60}}}
    with_pool, without = twins("risk_pool", scale=0.3, **changes)
    lent = []
    for model in (with_pool, without):
        table = model.world.records.tables["loans"]
        new = (table["kind"] == 0) & (table["granted"] > 0)
        lent.append(set(table["firm_key"][new].tolist()))
    assert lent[1] < lent[0]


def test_covers_loans_to_eligible_firms_within_its_capacity_only():
    with_pool, _ = twins("risk_pool", scale=0.3, eligible={"tiers": [2], "age": {"high": 40}})
    table = with_pool.world.records.tables["loans"]
    covered = table["covered"] > 0
    assert covered.any()
    assert set(table["tier"][covered]) == {2}
    assert table["age"][covered].max() <= 40
    balance = with_pool.world.ledger.account("risk_pool").appropriated
    assert table["granted"][covered].sum() <= 10.0 * balance + 1e-9


def test_banks_pay_for_cover():
    with_pool, without = twins("risk_pool", scale=0.3)
    assert with_pool.world.ledger.totals["cover_fee"].sum() > 0.0
    assert with_pool.world.ledger.totals["cover_paperwork"].sum() > 0.0
    assert without.world.ledger.totals["cover_fee"].sum() == 0.0


def test_founders_are_not_put_off_because_the_discouraged_ask_again():
    with_pool, without = twins("risk_pool", START + 4, scale=0.3, **{"eligible.age": {"high": 400}})
    mine, theirs = with_pool.world.records, without.world.records
    refused, refused_without = (
        model.world.yearly("loans_refused") / model.world.yearly("loans_asked") for model in (with_pool, without)
    )
    assert refused > refused_without, "those who ask again are refused more often"
    assert mine["rationed_share"] < theirs["rationed_share"], "and yet less demand goes without"
    births = [model.datacollector.get_model_vars_dataframe()["firm_births"].loc[START:].sum()
              for model in (with_pool, without)]  # fmt: skip
    assert births[0] >= births[1]

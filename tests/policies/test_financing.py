"""Public money is never free: what policies pay comes from other spending, land, debt or upper governments."""

import numpy as np
import pytest
from twin_worlds import START, walk

import simulation
from simulation.ledger import SECTORS


def financed(quarters=START + 3, **shares):
    """Return a model with a large R&D subsidy financed in some way."""
    values = {"policies.rd_subsidy.budget": 400.0, "policies.rd_subsidy.rate": 0.3}
    values |= {
        f"financing.{name}": shares.get(name, 0.0)
        for name in ("background_cut", "land_revenue", "debt", "upper_transfer")
    }
    scenario = simulation.load_scenario("rd_subsidy", quarters=20, scale=0.06, set=values)
    return walk(simulation.Ecosystem(scenario, rng=1), quarters)


def between(model, account, payer, payee):
    return model.world.ledger.totals[account][SECTORS.index(payer), SECTORS.index(payee)]


def paid(model):
    return model.world.ledger.account("rd_subsidy").paid


def test_a_background_cut_takes_from_other_public_spending():
    model = financed(START + 1, background_cut=1.0)
    background = model.world.region.background
    usual = background["government_spending"] / 4 * model.world.scale
    ratio = model.world.records["background_spending_ratio"]
    assert 0.5 < ratio < 1.0
    assert ratio == pytest.approx(1.0 - paid(model) / usual)


@pytest.mark.parametrize(
    ("source", "account", "payer"),
    [
        ("land_revenue", "land_revenue", "landlords"),
        ("debt", "public_debt", "world"),
        ("upper_transfer", "upper_transfer", "upper"),
    ],
)
def test_other_sources_bring_what_was_paid_and_spare_background_spending(source, account, payer):
    model = financed(START + 1, **{source: 1.0})
    assert between(model, account, payer, "district") == pytest.approx(paid(model))
    assert model.world.records["background_spending_ratio"] == 1.0


def test_debt_costs_interest_in_every_later_quarter():
    model = financed(START + 1, debt=1.0)
    rate = model.parameters["financing"].debt_interest
    assert model.world.ledger.sum_of("debt_interest") == 0.0
    for _ in range(3):
        owed = model.world.records["public_debt"]
        model.step()
        assert model.world.ledger.sum_of("debt_interest", "district", "world") == pytest.approx(owed * rate)
        assert model.world.records["public_debt"] > owed
    row = model.datacollector.get_model_vars_dataframe().iloc[-1]
    costs = (model.world.ledger.district_policy_cost + owed * rate) / model.world.scale
    assert row["net_cost_district"] == pytest.approx(costs - row["public_revenue"])


def test_sources_share_the_bill():
    model = financed(START + 2, background_cut=0.4, land_revenue=0.3, debt=0.2, upper_transfer=0.1)
    bill = paid(model)
    assert between(model, "land_revenue", "landlords", "district") == pytest.approx(0.3 * bill)
    assert between(model, "public_debt", "world", "district") == pytest.approx(0.2 * bill)
    assert between(model, "upper_transfer", "upper", "district") == pytest.approx(0.1 * bill)


def test_a_cut_of_background_spending_wears_amenity_off():
    cut, land = financed(background_cut=1.0), financed(land_revenue=1.0)
    assert (cut.world.cells.amenity <= land.world.cells.amenity + 1e-12).all()
    assert np.mean(cut.world.cells.amenity) < np.mean(land.world.cells.amenity)

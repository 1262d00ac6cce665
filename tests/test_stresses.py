"""Stresses: dated, neutral at strength zero and before their start, combined with policies, felt where they strike."""

from functools import cache

import numpy as np
import pandas as pd
import pytest

import simulation
from simulation.dates import FIRST_QUARTER
from simulation.draws import Draws
from simulation.errors import ScenarioError
from simulation.levers import Levers
from simulation.policies.uniform_rebate import UniformRebate
from simulation.processes.demography import entry
from simulation.processes.venture import fund_raising
from simulation.scenario import Scenario
from simulation.space.region import load_region
from simulation.stress import STRESSES
from simulation.stresses.demand import Demand
from simulation.stresses.funding_winter import FundingWinter
from simulation.stresses.peer_pressure import PeerPressure
from simulation.stresses.support_withdrawal import SupportWithdrawal
from simulation.stresses.technology_controls import TechnologyControls
from simulation.world import World

START = FIRST_QUARTER
SCALE = 0.06
REGION = load_region("nanhu")


@cache
def start_of(seed=3):
    """Return a small district at the end of burn-in."""
    model = simulation.Ecosystem(scenario_with(), rng=seed)
    while model.quarter < START - 1:
        model.step()
    return model


def scenario_with(*stresses, policies=(), quarters=START + 8):
    return Scenario("case", REGION, quarters=quarters, scale=SCALE, stresses=list(stresses), policies=list(policies))


def after(quarters, *stresses, policies=()):
    """Return the district some quarters later, with stresses and policies."""
    model = start_of().branch(scenario_with(*stresses, policies=policies))
    for _ in range(quarters):
        model.step()
    return model


def outcomes_of(model):
    return model.datacollector.get_model_vars_dataframe()


def struck(**changes):
    """Return one stress of each kind with other values, each large enough to be felt."""
    return [cls(**changes) for cls in STRESSES.values()]


def test_every_stress_at_strength_zero_changes_no_bit():
    pd.testing.assert_frame_equal(
        outcomes_of(after(4, *struck(strength=0.0))), outcomes_of(after(4)), check_exact=True
    )


def test_no_stress_changes_a_bit_before_its_start_and_nearly_all_do_after():
    plain = outcomes_of(after(4)).loc[START:]
    for stress in struck(start=START + 2):
        stressed = outcomes_of(after(4, stress)).loc[START:]
        pd.testing.assert_frame_equal(stressed.loc[: START + 1], plain.loc[: START + 1], check_exact=True)
        if stress.name != "funding_winter":  # so small a district has no new fund in these quarters
            assert not stressed.loc[START + 2 :].equals(plain.loc[START + 2 :]), stress.name


def test_a_stress_moves_its_levers_within_its_dates_only():
    model = after(1, Demand(start=START, end=START))
    assert model.levers.demand_lost.active
    model.step()
    assert not model.levers.demand_lost.active


def test_no_stress_costs_public_money():
    model = after(3, *struck())
    assert model.world.ledger.accounts == {}
    assert outcomes_of(model)["public_spending"].sum() == 0.0


def test_lost_demand_is_missing_in_the_named_industry_in_its_first_quarter():
    names = REGION.industries.name
    loss = 0.5
    stressed, plain = after(1, Demand(loss=loss, industries=("life_health",))), after(1)
    lost = plain.world.industries.demand - stressed.world.industries.demand
    there = names.index("life_health")
    world_part = plain.world.industries.world_demand * np.exp(plain.world.industries.shock)
    world_part = world_part * plain.world.industries.share
    assert lost[there] == pytest.approx(loss * world_part[there], rel=1e-3)  # shares have moved since, with prices
    assert np.delete(lost, there) == pytest.approx(0.0)


def test_two_stresses_on_demand_combine_as_shares_of_what_is_left():
    world, levers = World(REGION), Levers()
    Demand(loss=0.2).announce(world, levers)
    TechnologyControls(demand_loss=0.1, industries=("information_technology",)).announce(world, levers)
    lost = levers.demand_lost.on(REGION.industries)
    assert lost[REGION.industries.name.index("information_technology")] == pytest.approx(1 - 0.8 * 0.9)
    assert lost[REGION.industries.name.index("chemicals")] == pytest.approx(0.2)


def test_controls_slow_learning_in_the_closed_field_and_in_no_other():
    controls = TechnologyControls(fields=("chips",), knowledge_loss=1.0, demand_loss=0.0)
    stressed, plain = after(1, controls).world.firms, after(1).world.firms
    keys = np.intersect1d(stressed.key[stressed.live], plain.key[plain.live])
    change = stressed.knowledge[stressed.rows_of(keys)] - plain.knowledge[plain.rows_of(keys)]
    chips = REGION.fields.index("chips")
    assert change[:, chips].min() < 0.0
    assert change[:, chips].max() <= 0.0
    assert np.delete(change, chips, axis=1) == pytest.approx(0.0)


def test_a_funding_winter_halves_what_private_investors_offer_each_candidate(monkeypatch):
    parameters = start_of().parameters["venture"]
    offered = []

    def closing(interest, anchor, duty, p):
        offered.append(interest)
        return real(interest, anchor, duty, p)

    real = fund_raising.closing
    monkeypatch.setattr(fund_raising, "closing", closing)
    for stress in (FundingWinter(loss=0.0), FundingWinter(loss=0.5)):
        world, levers = World(REGION, scale=5.0, guarded=False), Levers()
        stress.announce(world, levers)
        fund_raising.raise_funds(world, levers, Draws(1), parameters)
    warm, cold = offered
    assert len(warm)
    assert cold == pytest.approx(0.5 * warm)


def test_pressing_peers_keep_their_people_and_draw_more_away():
    peers = PeerPressure(wage_growth=0.2, pull=2.0, offer=3.0)
    stressed, plain = after(6, peers), after(6)
    flows = [[*model.world.history, model.world.records.flows] for model in (stressed, plain)]
    came, left = ([sum(flow.get(f"neighbour_{way}", 0.0) for flow in one) for one in flows] for way in ("in", "out"))
    assert came[0] < came[1]
    assert left[0] > left[1]


def test_peers_offer_more_to_their_own_firms_that_think_of_moving_and_to_no_others():
    levers, draws, parameters = Levers(), Draws(1), start_of().parameters["demography"]
    world = World(REGION, guarded=False)
    world.neighbours.firms[:] = REGION.neighbours.firms
    plain = entry._relocations(world, levers, draws, parameters)
    PeerPressure(offer=0.7).announce(world, levers)
    pressed = entry._relocations(world, levers, draws, parameters)
    rises = {name: after["outside"] - before["outside"] for before, after in zip(plain, pressed, strict=True)
             for name in ("node", "neighbour") if name in before}  # fmt: skip
    assert rises["node"] == pytest.approx(0.0)
    assert len(rises["neighbour"])
    assert rises["neighbour"] == pytest.approx(0.7)


def test_withdrawn_support_is_the_districts_part_of_budgets_and_institutes_shrink():
    stressed, plain = after(4, SupportWithdrawal()), after(4)
    ledger = stressed.world.ledger
    assert ledger.sum_of("institute_budget", "district") == 0.0
    upper = plain.world.ledger.sum_of("institute_budget", "upper")
    assert ledger.sum_of("institute_budget", "upper") == pytest.approx(upper, rel=1e-9)
    spent = [model.world.records.flows["rd_institutes"] for model in (stressed, plain)]
    assert spent[0] < 0.9 * spent[1]


def test_a_policy_runs_on_a_stress_and_a_file_extends_both(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text('extends = ["uniform_rebate", "shock_demand"]\n[stresses.demand]\nloss = 0.3\n')
    scenario = simulation.load_scenario(file)
    assert list(scenario.policies) == ["uniform_rebate"]
    assert scenario.stresses["demand"].loss == 0.3
    assert scenario.date(scenario.stresses["demand"].start) == "2026Q1"
    model = after(1, Demand(), policies=[UniformRebate()])
    assert outcomes_of(model)["public_spending"].iloc[-1] > 0.0


def test_a_scenario_with_stresses_is_written_and_read_back_the_same(tmp_path):
    for name in ("shock_chip_controls", "peer_pressure"):
        scenario = simulation.load_scenario(name)
        file = tmp_path / f"{name}.toml"
        file.write_text(scenario.to_toml())
        assert simulation.load_scenario(file).digest == scenario.digest
        assert scenario.digest != simulation.load_scenario("baseline").digest


def test_an_inherited_stress_can_be_dropped(tmp_path):
    file = tmp_path / "calm.toml"
    file.write_text('extends = ["risk_pool", "shock_demand"]\ndrop = ["demand"]\n')
    scenario = simulation.load_scenario(file)
    assert not scenario.stresses
    assert scenario.digest == simulation.load_scenario("risk_pool").digest


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[stresses.demnd]", 'no such stress; did you mean "demand"?'),
        ('[stresses.demand]\nindustries = ["life_helth"]', 'did you mean "life_health"?'),
        ('[stresses.technology_controls]\nfields = ["chip"]', 'did you mean "chips"?'),
        ('[stresses.demand]\nstart = "2021Q1"', "lies in the burn-in"),
        ("[stresses.demand]\nloss = 2", "must be a number from 0 to 0.9"),
        ("[demand]\nloss = 0.1", "a stress is written as [stresses.demand]"),
    ],
)
def test_a_fault_in_a_stress_is_told_with_its_line_and_the_nearest_name(tmp_path, text, told):
    file = tmp_path / "bad.toml"
    file.write_text(f'extends = "baseline"\n{text}\n')
    with pytest.raises(ScenarioError) as fault:
        simulation.load_scenario(file)
    assert told in str(fault.value)
    assert f"{file}:{2 if text.startswith('[demand]') else 2 + text.count(chr(10))}:" in str(fault.value)


def test_a_set_value_reaches_a_stress_that_is_there_and_no_other():
    scenario = simulation.load_scenario("shock_demand", set={"stresses.demand.loss": 0.4})
    assert scenario.stresses["demand"].loss == 0.4
    with pytest.raises(ScenarioError, match="does not have this stress"):
        simulation.load_scenario("baseline", set={"stresses.demand.loss": 0.4})

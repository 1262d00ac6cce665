"""Every outcome promised has a name, a unit, both labels and a meaning, and reads at the scale of a 1:1 district."""

import pytest

import simulation
from experiments.labels import shown_unit
from simulation import outcomes
from simulation.outcome import OUTCOMES
from simulation.policies import load
from simulation.policy import POLICIES
from simulation.space.region import load_region

outcomes.load()
load()

PROMISED = tuple(
    name
    for line in (
        "gdp rd_intensity rd_spend patents_per_10k patents_in_force patents_granted",
        "technology_contracts_registered technology_contracts_real firms startups tech_smes",
        "high_tech_enterprises leaders firm_births firm_deaths relocations_in emerging_share",
        "new_product_share productivity productivity_dispersion jobs talent_total talent_research",
        "talent_skilled talent_broker talent_finance talent_management talent_top migration_in migration_out",
        "siphon_balance talent_wage housing_cost rent results_produced contracts local_adoption_share",
        "spin_offs consortia dual_chain_integration tech_loans rationed_share loan_rate default_share",
        "pool_balance pool_claims pool_leverage venture_investment venture_private venture_public",
        "private_per_public digital_adoption spatial_gini morans_i outside_core_share public_spending",
        "public_revenue tax_expenditure_local tax_expenditure_upper net_cost_district net_cost_all_levels",
        "firm_rd_share vacancy_rate true_default_share covered_already_banked_share neighbour_loss_firms",
        "neighbour_loss_talent",
    )
    for name in line.split()
)
TOPICS = {"innovation", "enterprise", "talent", "finance", "space", "public_value"}


@pytest.mark.parametrize("name", PROMISED)
def test_a_promised_outcome_is_recorded(name):
    assert name in OUTCOMES


def test_every_policy_has_an_outcome_for_what_it_costs():
    bundled = [name for name, cls in POLICIES.items() if cls.__module__.startswith("simulation.policies.")]
    assert {f"spending_{name}" for name in bundled} <= set(OUTCOMES)


@pytest.mark.parametrize("name", sorted(OUTCOMES))
def test_an_outcome_says_what_it_is(name):
    found = OUTCOMES[name]
    assert found.name == name
    assert found.unit
    assert found.label.en.strip()
    assert any("\u4e00" <= letter <= "\u9fff" for letter in found.label.zh)
    assert found.topic in TOPICS
    assert found.rule.__doc__


def test_labels_tell_outcomes_apart():
    for language in ("en", "zh"):
        labels = [getattr(found.label, language) for found in OUTCOMES.values()]
        assert len(set(labels)) == len(labels)


def test_benchmark_lines_are_those_of_the_essay_and_belong_to_outcomes():
    benchmarks = load_region("nanhu").benchmarks
    assert {name: line.value for name, line in benchmarks.items()} == {
        "patents_per_10k": 99.04,
        "technology_contracts_registered": 15000.0,
        "high_tech_enterprises": 1000.0,
        "tech_smes": 2000.0,
    }
    for name, line in {**benchmarks, **load_region("testbed").benchmarks}.items():
        assert name in OUTCOMES
        assert line.label.en
        assert line.label.zh


def test_outcomes_read_at_full_size_whatever_the_scale():
    small, large = (
        simulation.run(simulation.load_scenario("baseline", scale=scale, quarters=9), seed=1)
        .outcomes.iloc[-1]
        .drop("date")
        for scale in (0.15, 0.6)
    )
    for name in (
        "gdp",
        "firms",
        "jobs",
        "talent_total",
        "population",
        "rd_spend",
        "sales",
        "housing_cost",
        "talent_wage",
    ):
        assert small[name] == pytest.approx(large[name], rel=0.12), name


def test_sums_of_a_quarter_are_marked_and_shown_by_the_quarter():
    money = {name for name in OUTCOMES if name.startswith(("spending_", "net_cost_", "tax_expenditure_"))}
    for name in {*money, "public_spending", "public_revenue", "pool_claims", "firm_births", "migration_in"}:
        assert OUTCOMES[name].quarterly, name
    assert not any(found.quarterly and found.yearly for found in OUTCOMES.values())
    assert shown_unit(OUTCOMES["net_cost_district"], "both") == ("百万元/季 million CNY a quarter", 1.0)
    assert shown_unit(OUTCOMES["net_cost_district"], "zh", size=1.0) == ("万元/季", 100.0)
    assert shown_unit(OUTCOMES["pool_balance"], "en").unit == "million CNY"

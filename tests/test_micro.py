"""Micro tables have the promised columns, and say the same as the district's outcomes."""

import numpy as np
import pytest

import simulation

COLUMNS = {
    "firms": "industry zone cell age tier origin sales value_added profit cash debt equity_public equity_private "
    "rd_spend rd_reported staff staff_research patents productivity new_product_share digital incubated",
    "talent": "skill field ability top age employer_kind employer_key wage cell",
    "loans": "firm_key bank_key asked granted rate score covered defaulted loss claim",
    "deals": "fund_key firm_key amount stage public_share exited multiple",
    "contracts": "firm_key institute_key field value distance_km",
    "consortia": "leader_key institute_key members started ended",
    "institutes": "name kind system cell expertise budget staff places spin_offs",
    "funds": "kind committed drawn invested thesis stage_preference skill domicile",
}
WIDE = {"expertise", "thesis", "staff"}
"""Columns with a value for each field, industry or skill, which tables may write as several."""


@pytest.fixture(scope="module")
def result():
    scenario = simulation.load_scenario("five_policies", scale=0.3, quarters=14)
    return simulation.run(scenario, seed=1, micro=list(COLUMNS))


@pytest.mark.parametrize("name", sorted(COLUMNS))
def test_a_table_has_quarter_key_and_the_promised_columns(name, result):
    frame = result.micro[name]
    assert list(frame.columns[:2]) == ["quarter", "key"]
    promised = set(COLUMNS[name].split()) - (WIDE if name in ("institutes", "funds") else set())
    assert promised <= set(frame.columns)
    assert len(frame)
    assert not frame.duplicated(["quarter", "key"]).any()


def test_firms_add_up_to_the_outcomes(result):
    firms, outcomes = result.micro["firms"], result.outcomes
    by_quarter = firms.groupby("quarter")
    scale = 0.3
    assert (by_quarter.size() / scale).tolist() == pytest.approx(outcomes["firms"].tolist())
    assert (by_quarter["patents"].sum() / scale).tolist() == pytest.approx(outcomes["patents_in_force"].tolist())
    assert (by_quarter["debt"].sum() / scale).tolist() == pytest.approx(outcomes["loans_outstanding"].tolist())
    leaders = firms[firms["tier"] == 4].groupby("quarter").size() / scale
    assert leaders.tolist() == pytest.approx(outcomes["leaders"].tolist())


def test_people_work_for_employers_that_are_there(result):
    talent, firms = result.micro["talent"], result.micro["firms"]
    last = talent["quarter"].max()
    people, there = talent[talent["quarter"] == last], firms[firms["quarter"] == last].set_index("key")
    at_firms = people[people["employer_kind"] == "firm"]
    assert at_firms["employer_key"].isin(there.index).all()
    staff = at_firms.groupby("employer_key").size().reindex(there.index, fill_value=0)
    assert (staff == there["staff"]).all()
    assert (people.loc[people["employer_kind"] == "none", "employer_key"] == 0).all()


def test_events_name_agents_that_exist_or_existed(result):
    firms = set(result.micro["firms"]["key"])
    funds = set(result.micro["funds"]["key"])
    loans, deals, contracts = (result.micro[name] for name in ("loans", "deals", "contracts"))
    first = loans["quarter"] == loans["quarter"].min()
    assert loans.loc[~first, "firm_key"].isin(firms).mean() > 0.97  # those that default are closed in the same quarter
    assert loans["bank_key"].isin(funds).all()
    assert deals["fund_key"].isin(funds).all()
    institutes = set(result.micro["institutes"]["key"])
    assert contracts["institute_key"].isin(institutes).all()
    assert contracts["firm_key"].isna().any()
    assert contracts["firm_key"].dropna().isin(firms).mean() > 0.97
    assert contracts.loc[contracts["firm_key"].isna(), "distance_km"].isna().all()


def test_money_of_loans_is_what_the_outcomes_say(result):
    loans = result.micro["loans"]
    assert (loans["granted"] <= loans["asked"] + 1e-9).all()
    assert (loans["granted"] >= 0).all()
    assert (loans["loss"] >= -1e-12).all()
    assert (loans["claim"] <= loans["loss"] + 1e-9).all()


def test_members_of_consortia_are_keys_of_firms(result):
    consortia = result.micro["consortia"]
    firms = set(result.micro["firms"]["key"])
    assert all(isinstance(members, (list, np.ndarray)) and len(members) for members in consortia["members"])
    assert {key for members in consortia["members"] for key in members} <= firms


def test_twins_have_equal_keys_in_both_worlds():
    tables = [
        simulation.run(simulation.load_scenario(name, scale=0.1, quarters=10), seed=4, micro=["firms", "talent"]).micro
        for name in ("baseline", "rd_subsidy")
    ]
    for name in ("firms", "talent"):
        a, b = (set(micro[name]["key"]) for micro in tables)
        assert len(a & b) > 0.98 * len(a | b)

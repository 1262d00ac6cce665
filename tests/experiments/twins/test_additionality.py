import numpy as np
import pytest
from made_worlds import book, firm, touch, world

from experiments.twins.additionality import cases, obtained_within


def test_an_event_counts_from_the_quarter_itself_to_the_end_of_its_year():
    keys, quarters = np.array([1, 1, 1, 2]), np.array([8, 9, 5, 8])
    assert obtained_within(keys, quarters, [1], [8]).tolist() == [True, False, True, False]
    assert obtained_within(keys, quarters, [1], [12]).tolist() == [False, True, False, False]
    assert obtained_within(keys, quarters, [1], [8], span=1).tolist() == [True, False, False, False]
    assert obtained_within(keys, quarters, [], []).tolist() == [False] * 4


def loan(key, quarter, unaided, new=True, covered=0.0):
    return {"firm_key": key, "quarter": quarter, "granted": 1.0, "covered": covered, "unaided": unaided, "new": new}


def test_covered_loans_are_read_at_that_moment_and_over_the_twins_year():
    own = world(
        firms=[firm(key, 8) for key in (1, 2, 3)],
        loans=[loan(1, 8, False, covered=0.4), loan(2, 8, True, covered=0.4), loan(3, 8, False, covered=0.4)],
        reached=[touch(key, 8, "used", "covered_loan", 1.0) for key in (1, 2, 3)],
        books=[book(q) for q in range(7, 14)],
    )
    twin = world(loans=[loan(2, 8, True), loan(3, 11, True), loan(1, 12, True)], books=[book(13)])
    found = cases(own, twin, "p", 13).set_index("key")
    assert found["moment"].to_dict() == {1: 1.0, 2: 0.0, 3: 1.0}
    assert found["year"].to_dict() == {1: 1.0, 2: 0.0, 3: 0.0}


def test_cases_whose_year_is_not_over_are_left_out():
    own = world(reached=[touch(1, 8, "used", "covered_loan"), touch(1, 11, "used", "covered_loan")], books=[book(13)])
    assert cases(own, world(), "p", 13)["quarter"].tolist() == [8]


def test_subsidised_research_counts_beyond_the_twins():
    spent = {8: 2.0, 9: 2.0, 10: 2.0, 11: 2.0}
    own = world(
        firms=[firm(1, q, rd_spend=rd) for q, rd in spent.items()], reached=[touch(1, 8, "paid", "rd_subsidy", 0.2)],
        books=[book(11)],
    )  # fmt: skip
    twin = world(firms=[firm(1, 8, rd_spend=1.0), firm(1, 9, rd_spend=3.0)])
    [case] = cases(own, twin, "p", 11).to_dict("records")
    assert case["weight"] == 8.0
    assert case["moment"] == 0.5
    assert case["year"] == 0.5


def test_newcomers_alone_are_cases_of_support_for_people():
    people = [{"key": key, "first": first, "last": 20} for key, first in ((1, 8), (2, 3))]
    own = world(
        people=people, books=[book(20)],
        reached=[touch(key, 8, "offered", "service_access", agent="talent") for key in (1, 2, 3)],
    )  # fmt: skip
    [case] = cases(own, world(people=people[1:]), "p", 20).to_dict("records")
    assert case["key"] == 1
    assert (case["moment"], case["year"]) == (1.0, 1.0)


def test_what_no_twin_can_tell_has_no_reading():
    own = world(firms=[firm(1, 8)], reached=[touch(1, 8, "paid", "rebate", 1.0)], books=[book(20)])
    assert cases(own, world(), "p", 20).empty


@pytest.mark.parametrize(("policy", "keys"), [("p", [1]), ("q", [2, 3]), (None, [1, 2, 3])])
def test_reached_are_those_paid_and_where_nobody_is_those_whom_levers_hold_for(policy, keys):
    own = world(
        firms=[firm(key, 8) for key in (1, 2, 3)],
        reached=[
            touch(1, 8, "paid", "grant", 1.0), touch(2, 8, "offered", "grant_size"),
            *(touch(key, 8, "offered", "platform_access", policy="q") for key in (2, 3, 9)),
        ],
    )  # fmt: skip
    assert own.reached_by(policy, "firms", 8).tolist() == keys

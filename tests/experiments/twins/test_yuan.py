import pytest
from made_worlds import book, firm, payment, touch, world

from experiments.twins import yuan
from experiments.twins.figures import UNTOLD, shown_shares


@pytest.fixture
def pair():
    """Ten million are paid for reported R&D, half of it false: wages, tax, R&D, rent and sales follow."""
    base = world(books=[book(8, rd_real=1.0, debt=5.0)], flows=[payment(8, "wages", "firms", "households", 3.0)])
    own = world(
        firms=[firm(1, 8, rd_spend=1.0, rd_reported=2.0)],
        books=[book(8, rd_real=3.0, debt=6.0)],
        reached=[touch(1, 8, "paid", "rd_subsidy", 10.0)],
        flows=[
            payment(8, "rd_subsidy", "district", "firms", 10.0), payment(8, "wages", "firms", "households", 6.0),
            payment(8, "rd_purchases", "firms", "world", 1.0), payment(8, "rent", "firms", "landlords", 0.5),
            payment(8, "tax_local", "firms", "district", 0.75), payment(8, "sales", "world", "firms", 0.25),
            payment(8, "loan_principal", "banks", "firms", 1.0), payment(8, "deposits", "households", "banks", 1.0),
            payment(8, "public_debt", "world", "district", 10.0),
        ],
    )  # fmt: skip
    return base, own


def test_parts_are_read_off_the_ledgers(pair):
    found = yuan.parts(*pair, 8)
    assert found["real_rd"] == pytest.approx(2.0)
    assert found["wages"] == pytest.approx(3.0 - (2.0 - 1.0))
    assert found["relabelled_rd"] == pytest.approx(5.0)
    assert found["rents"] == pytest.approx(0.5)
    assert found["tax_district"] == pytest.approx(0.75)
    assert found["outside"] == pytest.approx(-0.25)
    assert found["bank_margin"] == pytest.approx(0.0)
    received, spent = 10.0 + 0.25 + 1.0, 3.0 + 1.0 + 0.5 + 0.75
    assert found["firms_kept"] == pytest.approx(received - spent - 1.0 - 5.0)
    assert found[yuan.REST] == pytest.approx(0.0)


def test_parts_add_up_to_what_was_paid(pair):
    assert yuan.parts(*pair, 8).sum() == pytest.approx(yuan.public_paid(*pair, 8)) == pytest.approx(10.0)


def test_worlds_that_do_not_differ_move_no_money(pair):
    _, own = pair
    assert yuan.public_paid(own, own, 8) == 0.0
    assert yuan.parts(own, own, 8).abs().max() == 0.0


def test_shares_not_told_apart_are_shown_together_and_still_add_up():
    import pandas as pd

    rows = pd.DataFrame(
        {
            "target": ["wages", "real_rd", "outside", "firms_kept"],
            "share": [0.6, 0.3, -0.2, 0.3],
            "low": [0.5, -0.1, -0.3, 0.2],
            "high": [0.7, 0.7, -0.1, 0.4],
            "below_noise": [False, False, False, True],
        }
    )
    shown = shown_shares(rows).set_index("target")["share"]
    assert shown.to_dict() == pytest.approx({"wages": 0.6, "outside": -0.2, UNTOLD: 0.6})
    assert shown.sum() == pytest.approx(rows["share"].sum())

"""Certification: the real rules by hand, directions, and quarters under the guard."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from simulation.draws import Draws
from simulation.levers import Levers
from simulation.populations.columns import origin_keys
from simulation.processes.certification import ladder
from simulation.processes.certification import process as certification
from simulation.processes.certification.process import CertificationParameters
from simulation.space.region import load_region
from simulation.world import World

P = CertificationParameters().quarterly()


def test_the_threshold_falls_with_sales_in_three_bands():
    assert ladder.rd_threshold(np.array([1.0, 50.0, 50.1, 200.0, 201.0])) == pytest.approx(
        [0.05, 0.05, 0.04, 0.04, 0.03]
    )


def test_technicians_and_the_owner_count_in_part_among_science_staff():
    share = ladder.science_staff_share(np.array([5, 0]), np.array([20, 0]), np.array([49.0, 0.5]), 0.25, 0.3)
    assert share == pytest.approx([10.3 / 50.0, 0.2])


def test_high_tech_income_rises_with_opportunity_and_new_products():
    share = ladder.high_tech_income_share(np.array([1.0, 1.2, 1.0]), np.array([0.0, 0.0, 0.4]), np.zeros(3), P)
    assert share == pytest.approx(
        [P.income_base, P.income_base + 0.2 * P.income_opportunity, P.income_base + 0.4 * P.income_products]
    )


def test_patents_or_lasting_research_bring_core_rights():
    rights = ladder.core_rights(np.array([1, 0, 0]), np.array([0.0, P.rights_stock, 0.5 * P.rights_stock]), P)
    assert rights.tolist() == [True, True, False]


def test_missing_any_one_rule_loses_the_certificate():
    good = {"ratio": 0.06, "sales_year": 20.0, "science_staff": 0.2, "high_tech_income": 0.7, "rights": True, "age": 12}
    bad = {"ratio": 0.045, "science_staff": 0.05, "high_tech_income": 0.5, "rights": False, "age": 2}
    assert ladder.meets_high_tech(**{k: np.array([v]) for k, v in good.items()}, p=P).all()
    for name, value in bad.items():
        firm = {k: np.array([v]) for k, v in {**good, name: value}.items()}
        assert not ladder.meets_high_tech(**firm, p=P).any(), name


def test_tech_sme_points_add_up_and_a_zero_excludes():
    score = ladder.tech_sme_score(
        np.array([0.30, 0.12, 0.12, 0.30, 0.0]),
        np.array([0.07, 0.045, 0.045, 0.07, 0.07]),
        np.array([1, 0, 0, 0, 5]),
        P.rights_stock * np.array([0.0, 0.5, 9.0, 0.2, 1.0]),
        P,
    )
    assert score == pytest.approx([20 + 50 + 30, 8 + 40 + 12, 8 + 40 + 24, 0, 0])


def test_applying_is_a_matter_of_gain_over_cost():
    chance = ladder.application_probability(np.array([0.1, 0.2, 10.0]), np.full(3, 0.1), 1.0)
    assert chance == pytest.approx([0.5, 2 / 3, 100 / 101])


def test_the_gain_vanishes_with_the_tax_advantage():
    args = (np.array([0.1]), np.array([100.0]), np.array([4.0]))
    assert certification.expected_gain(*args, 0.10, 0.75, 3.0, 0.2) == pytest.approx([0.1 * 3 * 7.0 + 0.2])
    assert certification.expected_gain(*args, 0.0, 0.75, 3.0, 0.2) == pytest.approx([0.2])


def test_leaders_are_large_inventive_and_still_do_research():
    part = np.array([1.0, 1.0, 1.0, 1.0, 0.7])
    sales = P.leader_sales * np.array([2.0, 0.8, 2.0, 2.0, 0.8])
    patents = P.leader_patents * np.array([2, 2, 0.5, 2, 2])
    leads = ladder.is_leader(sales, patents, np.array([0.04, 0.05, 0.04, 0.01, 0.04]), part, P)
    assert leads.tolist() == [True, False, False, False, True]


def test_a_centre_needs_both_money_and_researchers():
    level = ladder.centre_level(np.array([0.5, 2.0, 20.0, 20.0]), np.array([50, 5, 12, 40]), P)
    assert level.tolist() == [0, 1, 2, 3]


def small_world(ratio: float = 0.08, tier: int = 1, until: int = -1) -> World:
    """A testbed district with two hundred alike firms."""
    world = World(load_region("testbed"))
    n = 200
    staff = np.tile([4, 6, 0, 0, 1], (n, 1))
    world.firms.add(
        origin_keys("firm", 0, 0, np.arange(n)),
        industry=0,
        born=-20,
        sales=5.0,
        sales_year=20.0,
        sales_3y=60.0,
        margin=0.1,
        rd_spend=5.0 * ratio,
        rd_reported=5.0 * ratio,
        rd_reported_3y=60.0 * ratio,
        staff=staff,
        labour=10.0,
        patents=3,
        new_product_share=0.6,
        tier=tier,
        certificate_until=until,
    )
    return world


def run(world: World, quarters: int = 1, found: tuple[int, ...] = (), levers: Levers | None = None) -> World:
    """Run certification alone, under the guard; some firms may have been found out by an audit."""
    draws = Draws(3)
    for _ in range(quarters):
        draws.quarter = world.quarter + 1
        world.begin_quarter(world.quarter + 1)
        world.records["audit_found"] = world.firms.key[list(found)]
        with world.writing(certification.WRITES):
            certification.step(world, levers or Levers(), draws, P)
        world.end_quarter()
        assert world.invariants() == []
        world.lock(False)
    return world


def test_qualified_firms_are_promoted_by_and_by_and_never_decreed():
    one, eight = run(small_world()).firms.tier, run(small_world(), 8).firms.tier
    assert 0 < (one[:200] >= 3).sum() < (eight[:200] >= 3).sum()


def test_firms_below_the_threshold_are_never_promoted():
    assert (run(small_world(ratio=0.03), 8).firms.tier[:200] < 3).all()


def test_a_certificate_holds_to_its_end_and_lapses_without_research():
    world = small_world(ratio=0.005, tier=3, until=4)
    assert (run(world, 3).firms.tier[:200] == 3).all()
    run(world, 1)
    assert (world.firms.tier[:200] < 3).all()
    assert (world.firms.certificate_until[:200] == -1).all()
    assert world.records.flows["certified_lapsed"] == 200


def test_a_certificate_is_withdrawn_from_a_firm_found_relabelling():
    world = run(small_world(tier=3, until=9), found=(5,))
    lost = world.firms.tier[:200] < 3
    assert np.flatnonzero(lost).tolist() == [5]
    assert world.firms.certificate_until[5] == -1


def test_most_holders_who_still_qualify_renew():
    world = run(small_world(tier=3, until=1))
    renewed = world.firms.certificate_until[:200] == 1 + P.certificate_life
    assert renewed.mean() > 0.5


def test_fewer_apply_when_the_certificate_saves_no_tax():
    with_tax, without = small_world(), small_world()
    without.records["standard_rate"] = without.records["high_tech_rate"] = 0.25
    draws = Draws(3)
    draws.quarter = 1
    for world in (with_tax, without):
        certification.step(world, Levers(), draws, P)
    kept = without.firms.tier[:200] >= 3
    assert 0 < kept.sum() < (with_tax.firms.tier[:200] >= 3).sum()
    assert (with_tax.firms.tier[:200] >= 3)[kept].all()


def test_opening_titles_go_to_the_first_in_line_and_known_firms_keep_theirs():
    held = np.array([0, 0, 0, 4, 0, 0])
    first, leading = np.array([3.0, 2.0, 1.0, 0.0, 0.5, 0.1]), np.array([1.0, 9.0, 99.0, 0.0, 0.0, 0.0])
    points = np.array([0.0, 0.0, 5.0, 0.0, 80.0, 70.0])
    tier = certification.opening_tiers(held, first, leading, points, leaders=2, high_tech=1, tech_smes=1)
    assert tier.tolist() == [3, 4, 1, 4, 2, 1]


def test_the_district_opens_with_the_titles_of_its_levels():
    world = small_world()
    draws = Draws(3)
    world.begin_quarter(0)
    with world.writing(certification.WRITES):
        certification.step(world, Levers(), draws, P)
    levels = world.region.levels
    assert (world.firms.tier[:200] >= 3).sum() >= levels["high_tech_enterprises"].value
    assert (world.firms.certificate_until[:200][world.firms.tier[:200] >= 3] >= 0).all()


def test_an_award_wins_over_those_who_do_not_care_to_be_listed():
    interest = certification.listing_interest(0.8, np.array([0.0, 0.05, 5.0]), 0.05)
    assert interest == pytest.approx([0.8, 1.0 - 0.2 / np.e, 1.0])


def test_a_lost_certificate_leaves_the_best_tier():
    world = run(small_world(tier=3, until=9), found=(5,))
    assert (world.firms.tier[5], world.firms.best_tier[5]) == (2, 3)


def test_each_title_of_a_firm_is_news_once():
    world, news = small_world(), []
    for _ in range(4):
        run(world)
        news += zip(*(world.records.column("titles", name).tolist() for name in ("firm_key", "reached")), strict=True)
    assert len(set(news)) == len(news) > 20


def test_more_firms_ask_for_the_title_of_champion_when_it_pays():
    p = P.model_copy(update={"reputation": 0.2, "dossier_cost": 0.2, "precision": 1.0})
    rate = certification.selection_rate(0.1, np.array([0.0, 0.4, 1e9]), p)
    assert rate == pytest.approx([0.1, 0.1 * 0.75 / 0.5, 0.2])


def test_paying_for_dossiers_lets_more_firms_apply_and_charges_them_alike():
    levers = Levers()
    levers.dossier_support.move(0.9)
    helped, alone = run(small_world(), levers=levers), run(small_world())
    applied = [world.records.column("applications", "cost") for world in (helped, alone)]
    assert len(applied[0]) > len(applied[1]) > 0
    assert helped.ledger.totals["certification"].sum() == pytest.approx(P.dossier_cost * len(applied[0]))


def test_money_makes_firms_hurry_to_have_a_centre_recognised():
    p = SimpleNamespace(centre_rate=0.19, centre_pull=1.0)
    assert ladder.recognition_chance(np.array([0.0, 1.0]), p) == pytest.approx([0.19, 1.0 - 0.81**2])


def test_half_the_wait_saved_halves_the_quarters_that_a_first_application_waits():
    chance = ladder.opened_window(0.25, np.array([0.0, 0.5, 0.99]))
    assert 1.0 / chance - 1.0 == pytest.approx([3.0, 1.5, 0.03])

"""Demography: candidates, location and entry by hand on small arrays, and quarters under the guard."""

from __future__ import annotations

import numpy as np
import pytest
from firms_that_come_and_go import P, run, small_world

from simulation.draws import Draws
from simulation.levers import Levers
from simulation.populations.columns import origin_keys
from simulation.populations.firms import NOT_ADOPTED
from simulation.populations.talent import FIRM, MANAGEMENT, RESEARCH, SKILLED
from simulation.processes.demography import entry, location, projects, teams
from simulation.processes.demography import process as demography
from simulation.processes.demography.settlement import LEARNT, Market

# rules


def test_a_window_lowers_what_firms_give_up_for_those_who_met_the_district_there():
    world, levers, draws = small_world(), Levers(), Draws(3)
    levers.window_reach.move(np.eye(len(world.externals))[0])
    met = 0
    for world.quarter in range(1, 13):
        draws.quarter = world.quarter
        usual, changed = (entry.candidates(world, moved, draws, P) for moved in (Levers(), levers))
        assert usual.outside - changed.outside == pytest.approx(P.window_weight * (usual.node == 0))
        met += (usual.node == 0).sum()
    assert met > 0


def test_pools_offer_fractions_of_candidates_over_time():
    offers = np.array([entry.offered([2.5, 0.3], q) for q in range(10)])
    assert offers.sum(axis=0).tolist() == [25, 3]
    assert offers.max(axis=0).tolist() == [3, 1]


def test_industries_are_drawn_by_their_weights():
    drawn = entry.drawn_industry(np.array([0.05, 0.15, 0.55, 0.999]), np.array([1.0, 4.0, 5.0]))
    assert drawn.tolist() == [0, 1, 2, 2]
    assert entry.drawn_industry(np.array([0.5, 0.5]), np.array([[1.0, 0.0], [0.0, 1.0]])).tolist() == [0, 1]


def test_results_of_two_institutes_never_share_a_spin_off():
    results = np.concatenate([origin_keys("result", u, 7, np.arange(5)) for u in (0, 1, 255)])
    keys = entry.spin_off_keys(results)
    assert np.unique(keys).size == 15
    assert keys[0] == origin_keys("firm", 2, 7, np.array([0]))[0]


def test_entry_is_drawn_by_margin_money_and_place_and_put_off_by_rationing():
    zero, one = np.zeros(1), np.ones(1)
    usual = (one * P.usual_margin, zero, one, P.usual_rationing, zero, 0.0, zero, P)
    assert entry.entry_value(*usual) == pytest.approx([0.0])
    assert entry.entry_value(one * (P.usual_margin + 0.1), *usual[1:]) == pytest.approx([0.1 * P.margin_weight])
    assert entry.entry_value(*usual[:2], one * np.e, *usual[3:]) == pytest.approx([P.funds_weight])
    assert entry.entry_value(*usual[:3], P.usual_rationing + 0.5, *usual[4:]) == pytest.approx([-0.5 * P.credit_weight])
    assert entry.entry_value(*usual[:4], one, *usual[5:]) == pytest.approx([P.place_weight])


def test_time_saved_at_entry_weighs_by_the_inverse_of_size_and_as_declared_on_average():
    sales = P.start_sales * np.exp(P.start_sales_spread * np.random.default_rng(0).standard_normal(200_000))
    assert entry.time_worth(sales, P).mean() == pytest.approx(P.administration_weight, rel=0.04)
    small, twice = entry.time_worth(P.start_sales * np.array([1.0, 2.0]), P)
    assert small == pytest.approx(2.0 * twice)
    assert entry.time_worth(np.array([1e-6]), P)[0] == pytest.approx(5.0 * P.administration_weight)


def test_full_cells_keep_a_little_turnover():
    vacant = location.vacant_space(np.array([10.0, 10.0, 0.0]), np.array([4.0, 12.0, 0.0]))
    assert vacant == pytest.approx([6.0, 0.2, 0.0])


def test_more_is_to_be_heard_where_much_is_done_by_those_who_know_much():
    research, knowledge = np.array([[0.0], [np.e - 1.0], [np.e**2 - 1.0]]), np.array([[0.9], [0.4], [0.5]])
    assert location.to_be_heard(research, knowledge)[:, 0] == pytest.approx([0.0, 0.4, 1.0])


def test_firms_that_do_research_settle_where_it_is_done():
    settled = {}
    for done in (0.0, 5.0):
        world = small_world()
        world.cells.research[:] = 0.0
        world.cells.research[4] = done
        run(world, background_candidates=1000.0, idea_rate=0.0, closing_rate=0.0, retiring=0.0, knowledge_weight=4.0)
        f = world.firms
        new = f.live[f.born[f.live] > 0]
        settled[done] = f.rd_intensity[new[f.cell[new] == 4]]
    assert len(settled[5.0]) > len(settled[0.0])
    assert settled[5.0].mean() > settled[0.0].mean()


def test_cell_values_add_up_by_hand():
    values = location.cell_values(
        np.array([1.0, 0.0]), np.array([[np.e - 1, 0.0]]), np.array([[0.5, 0.0]]), np.array([1.0, 0.0]),
        np.array([2.0, 0.0]), np.array([-1.0, 0.0]), np.array([2.0]), (0.3, 1.0, 0.8, 0.1, 0.5),
    )
    assert values[0, 0] == pytest.approx(0.3 + 2.0 * (1.0 * 0.5 + 0.8 + 0.2) + 0.5)
    assert values[0, 1] == -np.inf


def test_a_firm_weighs_the_setting_of_a_cell_by_its_own_research_not_by_its_industry():
    ordinary, setting, intensity = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[0.5, 0.0], [0.2, 0.1]]), [0.02, 0.04]
    market = Market(ordinary, np.ones(2), np.zeros(2), 1.0, 1.0, setting, np.array(intensity))
    values = market.to_firms(np.array([1, 1, 0]), np.array([0.04, 0.01, 0.03]))
    own = np.array([0.0, (0.01 - 0.04) / 0.03, (0.03 - 0.02) / 0.03])
    np.testing.assert_allclose(values, ordinary[[1, 1, 0]] + own[:, None] * setting[[1, 1, 0]])


def test_cells_without_room_enough_lose_value():
    lost = location.squeeze(np.array([4.0, 1.0]), np.array([2.0, 0.5]), 2.0)
    assert lost == pytest.approx(np.array([[0.0, 2.0 * np.log(0.5)], [0.0, 0.0]]))


def test_inclusive_value_of_equal_cells_is_the_log_of_their_number():
    assert location.inclusive_value(np.zeros((1, 8))) == pytest.approx([np.log(8)])


def test_relieved_rent_counts_as_rent_saved():
    gain = location.relieved(np.array([[0.0, 0.5], [0.2, 0.9]]), 2.0)
    assert gain == pytest.approx(-2.0 * np.log([[1.0, 0.5], [0.8, 0.1]]))


def test_choices_follow_the_logit():
    draws = Draws(1)
    values = np.log(np.array([[0.1, 0.2, 0.7]]))
    chosen = location.chosen_cells(draws, "x", np.arange(20000), np.repeat(values, 20000, axis=0))
    assert np.bincount(chosen) / 20000 == pytest.approx([0.1, 0.2, 0.7], abs=0.012)


def test_a_better_cell_gains_firms_and_moves_no_others():
    draws, keys = Draws(1), np.arange(500)
    values = np.zeros((500, 6))
    before = location.chosen_cells(draws, "x", keys, values)
    values[:, 2] += 0.5
    after = location.chosen_cells(draws, "x", keys, values)
    changed = before != after
    assert changed.any()
    assert (after[changed] == 2).all()


def test_incubator_places_go_by_priority_as_long_as_there_are_any():
    given = location.allotted(
        np.array([0, 0, 0, 1, 2]), np.array([True, True, True, True, False]), np.array([0.5, 0.1, 0.9, 0.3, 0.2]),
        np.array([2.0, 0.7, 5.0]),
    )
    assert given.tolist() == [True, True, False, False, False]


# a quarter under the guard


def test_twelve_quarters_keep_the_books_the_bounds_and_the_people():
    world = run(small_world(), 12, background_candidates=280.0, neighbour_candidates=0.0, outside_external=10.0)
    flows = world.records.flows
    assert flows["firm_births"] > 20
    assert world.talent.count == 200
    fresh = world.firms.live[world.firms.origin[world.firms.live] == entry.BACKGROUND]
    assert (world.firms.cash[fresh] > 0).all()
    assert (world.firms.knowledge[fresh].max(axis=1) > 0.1).all()
    assert world.ledger.totals["founding_capital"].sum() > 0


def test_founders_leave_their_job_and_go_on_in_their_trade_in_their_firm():
    world = small_world()
    trade = dict(zip(world.talent.key[:200].tolist(), world.talent.skill[:200].tolist(), strict=True))
    pay = dict(zip(world.talent.key[:200].tolist(), world.talent.wage[:200].tolist(), strict=True))
    run(world, 4, idea_rate=0.05, outside_founder=-5.0, background_candidates=0.0)
    t, f = world.talent, world.firms
    founders = t.live[world.lead_own_firm(t.live)]
    assert founders.size > 3
    mine = t.employer[founders]
    assert (f.parent[mine] == t.key[founders]).all()
    assert [trade[key] for key in t.key[founders].tolist()] == t.skill[founders].tolist()
    assert set(t.skill[founders]) == {MANAGEMENT, RESEARCH}
    assert t.wage[founders] == pytest.approx([P.own_work * pay[key] for key in t.key[founders].tolist()])
    assert (f.staff[mine, t.skill[founders]] == 1).all()
    working = t.live[t.employer_kind[t.live] == FIRM]
    staff = np.zeros_like(f.staff)
    np.add.at(staff, (t.employer[working], t.skill[working]), 1)
    assert (staff[f.live] == f.staff[f.live]).all()


def test_neighbours_lose_what_moves_in():
    world = small_world()
    world.neighbours.talent[:] = 1000.0
    world.cells.housing[:] = 50.0
    before, tax = world.neighbours.firms.sum(), world.neighbours.tax.sum()
    run(world, 1, neighbour_candidates=0.02, outside_neighbour=-5.0, background_candidates=0.0)
    moved = world.records.flows["relocations_from_neighbours"]
    assert moved > 0
    assert before - world.neighbours.firms.sum() == pytest.approx(moved)
    assert tax - world.neighbours.tax.sum() == pytest.approx(world.records.flows["neighbour_tax_lost"])
    assert world.records.flows["relocations_in"] >= moved
    team = world.records.flows["neighbour_in"]
    assert team > 0
    assert 1000.0 * len(world.neighbours) - world.neighbours.talent.sum() == pytest.approx(team)
    newcomers = world.talent.live[world.talent.arrived[world.talent.live] == 1]
    assert newcomers.size == world.records.flows["migration_in"] >= team
    assert (world.firms.origin[world.talent.employer[newcomers]] == entry.RELOCATION).all()


def test_teams_have_a_manager_first_and_more_researchers_where_there_is_more_research():
    luck, research = np.array([0.9, 0.25, 0.25, 0.9]), np.array([0.0, 0.0, 0.05, 0.05])
    skills = teams.team_skills(np.array([0, 1, 1, 2]), luck, research)
    assert skills.tolist() == [MANAGEMENT, SKILLED, RESEARCH, SKILLED]


def test_spun_off_results_leave_the_shelf():
    world = small_world()
    results = origin_keys("result", 1, 0, np.arange(3))
    institutes = world.institutes.add(origin_keys("institute", 0, 0, np.arange(2)), cell=3)
    world.results.append(key=results, institute=np.full(3, world.institutes.key[institutes[1]]), value=np.ones(3))
    inventors = world.talent.live[:2]
    t = world.talent
    t.skill[inventors], t.employer_kind[inventors], t.employer[inventors] = 0, 2, institutes[1]
    p, draws = P.model_copy(update={"outside_spin_off": -20.0}), Draws(3)
    world.begin_quarter(1)
    draws.quarter = 1
    world.records["spin_off_candidates"] = {
        "key": results[:2], "institute": np.full(2, world.institutes.key[institutes[1]]), "field": np.array([0, 1]),
        "value": np.ones(2), "cell": np.full(2, 3),
    }
    with world.writing(demography.WRITES):
        demography.step(world, Levers(), draws, p)
    world.end_quarter()
    assert world.records.flows["spin_offs"] == 2
    assert world.results.key.tolist() == [results[2]]
    assert world.institutes.spin_offs[institutes].tolist() == [0, 2]
    assert t.founded[inventors].all()
    assert set(t.employer[inventors]) == set(world.firms.rows_of(entry.spin_off_keys(results[:2])))
    mine = world.firms.rows_of(entry.spin_off_keys(results[:2]))
    assert world.firms.knowledge[mine, [0, 1]] == pytest.approx(P.spin_off_knowledge)


def test_incubators_hold_no_more_than_their_places_and_only_the_young():
    world = run(small_world(), 16, technology_threshold=0.0)
    f = world.firms
    rows = f.live
    held = np.bincount(f.cell[rows], f.incubated[rows], len(world.cells))
    assert held.sum() > 0
    assert (held <= world.cells.incubator_places + 1e-9).all()
    assert (world.quarter - f.born[rows[f.incubated[rows]]] < P.incubation).all()


def test_firms_fill_new_floor_space():
    plain, built = small_world(), small_world()
    site = 7
    built.cells.floor_space[site] *= 20
    run(plain, 8)
    run(built, 8)
    assert (built.firms.cell[built.firms.live] == site).sum() > (plain.firms.cell[plain.firms.live] == site).sum()


def test_rent_relief_draws_entrants_to_its_cells_and_more_of_them():
    plain, relieved = small_world(), small_world()
    rules = {"background_candidates": 600.0, "place_weight": 2.0}
    run(plain, 1, **rules)
    run(relieved, 1, **rules)
    levers, zone = Levers(), relieved.region.cells.zone
    levers.rent_relief.move(lambda view: 0.8 * (view.zone == 2) * (view.age <= 4))
    run(plain, 3, **rules)
    run(relieved, 3, levers=levers, **rules)
    there = [np.sum(zone[w.firms.cell[w.firms.live[w.firms.born[w.firms.live] > 1]]] == 2) for w in (plain, relieved)]
    assert there[1] > 1.2 * there[0]
    assert relieved.firms.count > plain.firms.count


def test_time_saved_brings_more_founders_and_turns_nobody_away():
    rules = {"background_candidates": 1000.0, "administration_weight": 0.5, "idea_rate": 0.0}
    levers = Levers()
    levers.entry_time_saved.move(lambda view: np.where(view.origin == entry.BACKGROUND, 0.8, 0.0))
    plain, eased = run(small_world(), 1, **rules), run(small_world(), 1, levers=levers, **rules)
    entered = [set(world.records.column("entries", "firm_key").tolist()) for world in (plain, eased)]
    assert entered[0] < entered[1]
    added = eased.firms.rows_of(np.array(sorted(entered[1] - entered[0])))
    assert (eased.firms.origin[added] == entry.BACKGROUND).all()
    assert len(entered[1]) < np.exp(0.5 * 0.8) * len(entered[0]) * 1.2


def test_candidates_are_the_same_people_in_both_worlds():
    one, other = run(small_world(), 3), run(small_world(), 3, outside_background=0.4)
    first, second = one.firms.key[one.firms.live], other.firms.key[other.firms.live]
    assert set(second) < set(first)
    same = one.firms.rows_of(second), other.firms.rows_of(second)
    assert (one.firms.quality[same[0]] == other.firms.quality[same[1]]).all()


def test_more_incubator_places_bring_more_technology_firms():
    plain, more = small_world(), small_world()
    run(plain, 1)
    run(more, 1)
    more.cells.incubator_places[:] += 20.0
    run(plain, 8, technology_threshold=0.0, place_weight=2.0)
    run(more, 8, technology_threshold=0.0, place_weight=2.0)
    assert more.firms.count > plain.firms.count


def test_neighbours_match_part_of_a_gain_after_some_quarters():
    world = run(small_world(), 1)
    world.cells.floor_space[:] *= 4.0
    run(world, 1)
    soon = world.neighbours.response.max()
    run(world, 3)
    assert 0.0 < soon < 0.5 * world.neighbours.response.max()


def test_founders_have_their_own_age_and_movers_none():
    world = small_world()
    pool = entry.candidates(world, Levers(), Draws(3), P.model_copy(update={"idea_rate": 0.05}))
    ages = entry.founder_ages(world, Draws(3), pool, P)
    assert (ages[pool.origin == entry.FOUNDER] == 35.0).all()
    assert np.isinf(ages[pool.origin == entry.RELOCATION]).all()
    background = ages[pool.origin == entry.BACKGROUND]
    assert P.youngest_founder < background.min() < background.max() < P.founder_age


def test_new_firms_of_mean_quality_start_as_productive_as_their_industry():
    world = small_world()
    f = world.firms
    f.productivity[f.live] = 0.5 + 0.2 * np.sin(f.live)
    sectors = len(world.industries)
    before = np.bincount(f.industry[f.live], f.productivity[f.live], sectors) / np.bincount(f.industry[f.live])
    run(world, 1, background_candidates=1000.0, retiring=0.0, closing_rate=0.0)
    new = f.live[(f.born[f.live] == world.quarter) & (f.origin[f.live] == entry.BACKGROUND)]
    left = f.productivity[new] - before[f.industry[new]] - P.quality_spread * f.quality[new]
    assert len(new) > 100
    assert left.mean() == pytest.approx(0.0, abs=4 * 0.1 / np.sqrt(len(new)))


def test_new_firms_are_as_digital_as_their_industry():
    world = small_world()
    f = world.firms
    old = f.live[f.industry[f.live] != 0]
    f.digital[old], f.digital_since[old] = 0.7, -12
    run(world, 1, background_candidates=1000.0)
    new = f.live[(f.born[f.live] == world.quarter) & (f.origin[f.live] == entry.BACKGROUND)]
    digital = f.digital_since[new] != NOT_ADOPTED
    assert (digital == (f.industry[new] != 0)).all()
    assert f.digital[new] == pytest.approx(np.where(digital, 0.7, 0.0))
    assert len(new) > 100

    half = small_world()
    half.firms.digital_since[half.firms.live[::2]] = -12
    half.firms.industry[half.firms.live] = 0
    run(half, 1, background_candidates=1000.0)
    new = half.firms.live[half.firms.born[half.firms.live] == half.quarter]
    new = new[half.firms.industry[new] == 0]
    share = (half.firms.digital_since[new] != NOT_ADOPTED).mean()
    assert share == pytest.approx(0.5, abs=1.25 / np.sqrt(len(new)))


def test_no_quarter_makes_a_digital_newcomer_pass_for_one_without():
    for quarter in (LEARNT - 1, LEARNT):
        world = small_world()
        world.quarter = quarter - 1
        world.firms.digital_since[world.firms.live] = -12
        run(world, 1, background_candidates=100.0)
        new = world.firms.live[world.firms.born[world.firms.live] == quarter]
        assert len(new) > 0
        assert (world.firms.digital_since[new] != NOT_ADOPTED).all()


def test_mentors_make_new_firms_more_productive_and_nothing_else():
    levers = Levers()
    levers.mentoring.move(lambda view: np.where(view.founder_age <= 40.0, 0.04, 0.0))
    rules = {"background_candidates": 1000.0}
    plain, mentored = run(small_world(), 1, **rules), run(small_world(), 1, levers=levers, **rules)
    newcomers = mentored.records.tables["newcomers"]
    keys = newcomers["firm_key"]
    start, better = (world.firms.productivity[world.firms.rows_of(keys)] for world in (plain, mentored))
    gain = better - start
    assert gain == pytest.approx(np.where(newcomers["founder_age"] <= 40.0, 0.04, 0.0), abs=1e-12)
    assert (gain > 0.0).any()
    assert plain.firms.count == mentored.firms.count


def courted(share, **rules):
    """Return two quarters of a district that offers projects a share of their plant in its second zone."""
    world, levers = small_world(), Levers()
    world.cells.housing[:] = 50.0
    world.industries.share[:] = 1.0
    levers.project_offer.move(lambda view: np.where(view.zone == 1, share, 0.0))
    rules = {"project_sales": 40.0, "project_team": 1.0, "background_candidates": 0.0, "idea_rate": 0.0} | rules
    return run(world, 1, levers=levers, **rules)


def test_a_large_project_builds_what_it_promises_where_the_offer_holds_and_brings_people_and_customers():
    world = courted(1.0, offer_weight=50.0, project_customers=0.5)
    f = world.firms
    [row] = f.live[f.origin[f.live] == projects.PROJECT]
    assert world.region.cells.zone[f.cell[row]] == 1
    assert f.promised[row] == pytest.approx(4 * f.sales[row] / P.project_start * (1.0 + P.project_optimism))
    assert f.capital[row] == pytest.approx(world.region.industries.capital_intensity[f.industry[row]] * f.promised[row])
    assert world.industries.world_demand[f.industry[row]] == pytest.approx(0.5 * f.sales[row])
    assert not f.incubated[row]
    assert f.staff[row].sum() == pytest.approx(f.sales[row], abs=1.0)
    assert world.ledger.sum_of("relocation_capital") == pytest.approx(f.cash[row] + f.capital[row])


def test_no_project_comes_without_an_offer_and_its_customers_go_with_it():
    world = courted(0.0)
    assert not (world.firms.origin[world.firms.live] == projects.PROJECT).any()
    world = courted(1.0, offer_weight=50.0)
    [row] = world.firms.live[world.firms.origin[world.firms.live] == projects.PROJECT]
    industry = world.firms.industry[row]
    world.firms.defaulted[row], world.firms.cash[row] = True, 0.0
    run(world, 1, background_candidates=0.0, idea_rate=0.0)
    assert not world.firms.alive[row]
    assert world.industries.world_demand[industry] < 0.2 * world.firms.sales[row] + 1e-9


def test_plans_are_smaller_than_promises_by_the_stated_optimism():
    p = P.model_copy(update={"project_sales": 100.0, "project_spread": 0.5, "project_optimism": 0.2})
    planned, promised = projects.plans(np.array([0.0, 1.0]), p)
    assert planned == pytest.approx([100.0, 100.0 * np.exp(0.5)])
    assert promised == pytest.approx(1.2 * planned)

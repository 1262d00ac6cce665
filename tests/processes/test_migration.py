"""Migration: values by hand, who comes and leaves in which direction, and quarters under the guard."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from simulation.draws import Draws
from simulation.levers import Levers
from simulation.policy import Eligibility
from simulation.populations.columns import origin_keys
from simulation.populations.talent import FIRM, NO_EMPLOYER, OUTSIDE, RESEARCH, SKILLED, SKILLS
from simulation.processes.migration import process as migration
from simulation.processes.migration.attraction import (
    Homes,
    Outside,
    chosen_homes,
    drawing_power,
    grant_value,
    homes_offered,
    outside_values,
    places_outside,
    starting_balance,
    travel_costs,
)
from simulation.processes.migration.candidates import followers, local_graduates, offered_candidates
from simulation.processes.migration.process import MigrationParameters
from simulation.space.region import load_region
from simulation.world import World

P = MigrationParameters().quarterly()
REGION = load_region("testbed")


def settled_world(people: int = 2000) -> World:
    """Residents in the invented region at the wages, prices and amenity of its start."""
    world = World(REGION, 1.0)
    for column in ("floor_space", "housing", "housing_cost", "amenity"):
        world.cells.arrays[column][:] = getattr(REGION.cells, column)
    world.externals.travel_time[:] = REGION.externals.travel_time
    world.externals.wage[:] = REGION.externals.wage * 0.23
    world.neighbours.talent[:] = REGION.neighbours.talent
    fields = len(REGION.fields)
    world.segments.wage[:] = np.repeat([0.25, 0.12, 0.18, 0.3, 0.3], [fields, fields, 1, 1, 1])
    n = np.arange(people)
    ability = 0.3 * np.sin(n)
    world.talent.add(
        origin_keys("talent", 0, 0, n), skill=n % 5, field=(n // 5) % 5, ability=ability, age=25 + n % 30,
        wage=np.array([0.25, 0.12, 0.18, 0.3, 0.3])[n % 5] * np.exp(ability), cell=n % len(world.cells), since=0,
        employer_kind=FIRM, employer=0,
    )
    world.firms.add(origin_keys("firm", 0, 0, np.arange(1)))
    return world


def run_quarters(world: World, quarters: int = 1, move: Callable[[Levers], None] | None = None) -> dict[str, float]:
    """Run migration for some quarters and return the sum of its flows."""
    draws, levers, total = Draws(0), Levers(), {}
    for quarter in range(1, quarters + 1):
        draws.quarter = quarter
        levers.reset()
        if move is not None:
            move(levers)
        world.begin_quarter(quarter)
        with world.writing(migration.WRITES):
            migration.step(world, levers, draws, P)
        world.end_quarter()
        for name, value in world.records.flows.items():
            total[name] = total.get(name, 0.0) + value
    return total


def arrivals(world: World) -> set[int]:
    t = world.talent
    return set(t.key[t.live[t.arrived[t.live] > 0]].tolist())


def test_distance_costs_nothing_at_the_reference_time():
    costs = travel_costs(np.array([P.reference_time - 1.0, 2 * P.reference_time - 1.0]), P)
    np.testing.assert_allclose(costs, [0.0, P.distance_weight * np.log(2.0)])


def test_a_place_like_the_district_has_value_zero_and_a_barrier_lowers_it():
    one = np.ones(2)
    places = Outside(one, one, 0 * one, 40 * one, one, np.array([0.0, 0.5]), np.ones((2, 5)))
    np.testing.assert_allclose(outside_values(places, P), [[0.0] * 5, [-0.5 * P.barrier_weight] * 5], atol=1e-12)


def test_value_outside_by_hand():
    one = np.ones(1)
    places = Outside(1.5 * one, 2.0 * one, 0.8 * one, 49 * one, one, 0 * one, np.ones((1, 5)))
    value = outside_values(places, P)[0]
    assert value[RESEARCH] == pytest.approx(1.6 * np.log(1.5) - 0.6 * np.log(2.0) + 1.4 * 0.8)
    assert value[SKILLED] == pytest.approx(1.5 * np.log(1.5) - 1.1 * np.log(2.0) + 0.5 * 0.8)


def test_every_place_adds_to_the_pull_and_a_faster_link_pulls_more():
    places = places_outside(REGION, REGION.externals.travel_time, REGION.externals.wage, P, 1.0)
    power = drawing_power(places, P)
    assert (power > 0).all()
    nearer = drawing_power(places._replace(travel_time=places.travel_time * 0.5), P)
    assert (nearer > power).all()


@pytest.mark.parametrize("name", ["nanhu", "testbed"])
def test_at_the_start_as_many_come_as_the_growth_of_talent_needs(name: str):
    region = load_region(name)
    world, levels = World(region, 1.0), region.levels
    balance = starting_balance(region, P)
    places = places_outside(region, region.externals.travel_time, region.externals.wage, P, 1.0)
    counts = np.rint(places.candidates).astype(int)
    came = np.zeros(5)
    draws = Draws(3)
    for quarter in range(1, 9):
        people = offered_candidates(region, counts, quarter, draws, P)
        values = outside_values(places, P) + travel_costs(places.travel_time, P)[:, None] + balance.reluctance
        reluctant = P.ability_reluctance * np.maximum(people.ability / P.ability_spread, 0)
        gain = -values[people.node, people.skill] - reluctant
        gain += draws.logistic("migration.coming", people.key)
        came += np.bincount(people.skill[gain > 0], minlength=5) / 8
    talent = levels["talent"].value * np.array([levels[f"talent_{s}"].value for s in SKILLS])
    wanted = talent * (P.leaving + P.retiring_start + P.growth)
    wanted -= levels["talent"].value * P.graduates * P.graduates_staying * np.array(P.graduate_skills)
    big = wanted > 10
    np.testing.assert_allclose(came[big], wanted[big], rtol=0.2)
    assert len(world.talent.live) == 0


def test_homes_appeal_where_they_are_cheap_pleasant_and_vacant():
    housing, vacant = np.array([10.0, 10.0, 10.0, 10.0]), np.array([1.0, 1.0, 1.0, 2.0])
    cost, amenity = np.array([0.03, 0.06, 0.03, 0.03]), np.array([0.0, 0.0, 0.5, 0.0])
    homes = homes_offered(housing, vacant, cost, amenity, np.ones(4), P)
    appeal = homes.appeal - homes.appeal[:, :1]
    assert appeal[SKILLED] == pytest.approx(
        [0.0, -P.housing_weight[SKILLED] * np.log(2.0), 0.5 * P.amenity_weight[SKILLED], np.log(2.0)])


def test_people_take_the_home_they_like_best_of_those_shown():
    homes = Homes(np.array([[0.0, 1.0, 5.0], [3.0, 0.0, 0.0]]), np.ones(2), np.zeros(2))
    offers = np.array([[0, 1], [0, 1], [0, 1]])
    taste = np.array([[0.0, 0.0], [0.0, -2.0], [0.5, 0.5]])
    np.testing.assert_array_equal(chosen_homes(homes, np.array([0, 0, 1]), offers, taste), [1, 0, 0])


def test_candidates_have_their_own_keys_and_the_same_luck_in_every_world():
    places = places_outside(REGION, REGION.externals.travel_time, REGION.externals.wage, P, 1.0)
    counts = np.rint(places.candidates).astype(int)
    keys = []
    for quarter in (1, 2):
        people = offered_candidates(REGION, counts, quarter, Draws(0), P)
        again = offered_candidates(REGION, counts, quarter, Draws(0), P)
        np.testing.assert_array_equal(people.ability, again.ability)
        np.testing.assert_array_equal(people.field, again.field)
        keys.append(people.key)
        keys.append(local_graduates(REGION, 20, quarter, Draws(0), P).key)
    every = np.concatenate(keys)
    assert len(np.unique(every)) == len(every)


def test_a_larger_pool_keeps_the_candidates_of_the_smaller_one():
    few = offered_candidates(REGION, np.full((4, 5), 3), 1, Draws(0), P)
    more = offered_candidates(REGION, np.full((4, 5), 5), 1, Draws(0), P)
    assert np.isin(few.key, more.key).all()


def test_fields_of_candidates_follow_what_their_region_is_good_at():
    counts = np.zeros((4, 5), dtype=int)
    counts[:2, RESEARCH] = 20000
    people = offered_candidates(REGION, counts, 1, Draws(0), P)
    shares = [np.bincount(people.field[people.node == node], minlength=5) / 20000 for node in (0, 1)]
    knowledge = REGION.externals.knowledge
    best = np.argmax(knowledge[0] / knowledge[1])
    assert shares[0][best] > shares[1][best]


def test_a_quarter_under_the_guard_conserves_people():
    world = settled_world()
    before = set(world.talent.key[world.talent.live].tolist())
    flows = run_quarters(world)
    after = set(world.talent.key[world.talent.live].tolist())
    assert len(before - after) == flows["migration_out"] + flows["retired"]
    assert len(after - before) == flows["migration_in"] + flows["graduates"]
    assert flows["migration_out"] == world.externals.left.sum() + flows["neighbour_out"]
    assert flows["migration_in"] == world.externals.came.sum() + flows["neighbour_in"]
    assert world.invariants() == []


def test_what_the_district_wins_from_its_neighbours_they_lose():
    world = settled_world()
    before = world.neighbours.talent.sum()
    flows = run_quarters(world, 4)
    assert world.neighbours.talent.sum() == pytest.approx(before - flows["neighbour_in"] + flows["neighbour_out"])


def test_people_grow_older_and_retire_at_their_own_age():
    world = settled_world()
    world.talent.age[:400] = 54.9
    flows = run_quarters(world, 2)
    t = world.talent
    assert 0 < flows["retired"] < 60
    assert t.age[t.live].max() < P.retirement_high
    world.talent.lock(False)
    world.talent.age[world.talent.live] = P.retirement_high
    assert run_quarters(world)["retired"] > 1000


def test_higher_wages_here_bring_everybody_who_came_before_and_more():
    base, rich = settled_world(), settled_world()
    run_quarters(base)
    rich.segments.wage[:] *= 1.1
    rich.records["wage_reference"] = base.segments.wage.copy()
    run_quarters(rich)
    assert arrivals(base) < arrivals(rich)


def test_support_for_some_brings_only_more_of_them():
    base, helped = settled_world(), settled_world()
    run_quarters(base)
    able = Eligibility(skills=("research",)).bound(REGION)
    run_quarters(helped, move=lambda levers: levers.service_access.move(0.5, able))
    extra = arrivals(helped) - arrivals(base)
    assert arrivals(base) <= arrivals(helped)
    assert extra
    t = helped.talent
    assert (t.skill[t.rows_of(np.array(sorted(extra)))] == RESEARCH).all()


def test_housing_support_draws_people_and_keeps_them():
    base, helped = settled_world(), settled_world()
    without = run_quarters(base, 4)
    support = run_quarters(helped, 4, lambda levers: levers.housing_subsidy.move(0.01))
    assert support["migration_in"] > without["migration_in"]
    assert support["migration_out"] < without["migration_out"]


def test_a_lever_moved_by_nothing_changes_nothing():
    base, zero = settled_world(), settled_world()
    run_quarters(base, 3)
    run_quarters(zero, 3, lambda levers: levers.housing_subsidy.move(0.0))
    np.testing.assert_array_equal(base.talent.key[base.talent.live], zero.talent.key[zero.talent.live])
    np.testing.assert_array_equal(base.talent.cell[base.talent.live], zero.talent.cell[zero.talent.live])


def test_a_faster_link_moves_people_both_ways():
    base, linked = settled_world(), settled_world()
    slow = run_quarters(base, 4)
    linked.externals.travel_time[:] *= 0.5
    fast = run_quarters(linked, 4)
    assert fast["migration_in"] > slow["migration_in"]
    assert fast["migration_out"] + fast.get("commuters", 0) > slow["migration_out"] + slow.get("commuters", 0)


def test_those_long_out_of_work_leave_more():
    base, idle = settled_world(), settled_world()
    few = run_quarters(base)
    idle.talent.employer_kind[:] = NO_EMPLOYER
    idle.talent.employer[:] = -1
    idle.talent.since[:] = -5
    assert run_quarters(idle)["migration_out"] > 1.5 * few["migration_out"]


def test_some_who_could_not_settle_outside_work_there_and_live_here():
    world = settled_world()
    world.externals.travel_time[:] = 15.0
    flows = run_quarters(world, 4)
    t = world.talent
    away = t.live[t.employer_kind[t.live] == OUTSIDE]
    assert 0 < len(away) <= flows["commuters"]
    assert (t.employer[away] < len(world.externals)).all()


def test_founders_stay_with_their_firm():
    world = settled_world()
    world.talent.founded[:200] = True
    keys = world.talent.key[:200][world.talent.age[:200] < 50].copy()
    run_quarters(world, 8)
    assert (world.talent.rows_of(keys) >= 0).all()


def test_advisers_stay_outside_and_some_stop_every_quarter():
    world = settled_world()
    world.records["advisers"] = np.full(len(REGION.fields), 100.0)
    run_quarters(world)
    advisers = world.records["advisers"]
    assert ((advisers >= 100.0 * (1 - P.advising_end)) & (advisers < 100.0)).all()
    fresh = settled_world()
    run_quarters(fresh, 8)
    assert fresh.records["advisers"].sum() > 0


def test_who_has_met_the_district_at_a_window_comes_more_readily():
    plain, met = settled_world(), settled_world()
    run_quarters(plain, 2)
    run_quarters(met, 2, lambda levers: levers.window_reach.move(np.full(len(REGION.externals.name), 0.5)))
    assert arrivals(plain) < arrivals(met)


def test_a_grant_counts_as_a_rise_of_pay():
    value = grant_value(np.array([0.0, 0.3]), np.array([0.2, 0.3]), np.array([1.6, 1.5]))
    assert value == pytest.approx([0.0, 1.5 * np.log(2.0)])


def test_followers_are_others_of_the_same_place_and_field_and_never_top_talent():
    counts = np.full((3, 5), 40)
    people = offered_candidates(REGION, counts, 3, Draws(0), P)
    team = followers(people, np.full(len(people.key), 2.5), 3, Draws(0), P)
    assert len(np.unique(np.concatenate([people.key, team.key]))) == len(people.key) + len(team.key)
    assert len(team.key) == pytest.approx(2.5 * len(people.key), rel=0.05)
    assert (np.bincount(team.node) > 0).all()
    assert not team.top.any()
    assert (team.skill == RESEARCH).all()


def test_residents_with_a_grant_leave_less_and_leave_again_when_it_ends():
    during, after = [], []
    for grant in (0.0, 1.0):
        world, grants = settled_world(), iter([grant, grant, 0.0])
        total = run_quarters(world, 3, lambda levers, grants=grants: levers.relocation_grant.move(next(grants)))
        last = world.records.flows["migration_out"]
        during.append(total["migration_out"] - last)
        after.append(last)
    assert during[1] < 0.5 * during[0]
    assert after[1] > 0.8 * after[0]

"""Training: who is sent to courses and who pays, what is learnt and forgotten, and who learns a new trade."""

from __future__ import annotations

import numpy as np
import pytest
from small_labour_market import P, small_world

from simulation import Ecosystem, load_scenario
from simulation.draws import Draws
from simulation.levers import Levers
from simulation.populations.segments import segment_of
from simulation.populations.talent import BROKER, FIRM, SKILLED
from simulation.processes.labour import process as labour
from simulation.processes.labour import training
from simulation.world import World


@pytest.fixture
def world() -> World:
    return small_world()


def test_later_courses_teach_less():
    gain = training.learnt(np.full(3, 0.02), np.array([0.0, 0.03, 0.09]), 0.06)
    np.testing.assert_allclose(gain, [0.02, 0.01, 0.0])


def quarter(world: World, levers: Levers, p=P):
    """Walk the labour market through quarter 1; return talent rows that were there, and what they learnt."""
    draws = Draws(0)
    draws.quarter = 1
    rows = world.talent.live.copy()
    before = world.talent.trained[rows].copy()
    world.begin_quarter(1)
    with world.writing(labour.WRITES):
        labour.step(world, levers, draws, p)
    world.end_quarter()
    usual = np.where(before == 0.0, world.records["usual_training"] * (world.talent.skill[rows] == SKILLED), before)
    return rows, world.talent.trained[rows] - usual * (1.0 - p.training_loss)


def offer(places: float, award: float = 0.0) -> Levers:
    levers = Levers()
    levers.training_places.move(places)
    levers.training_gain.move(lambda view: 0.02 * (np.arange(len(view)) != 0))
    levers.training_award.move(award)
    return levers


def test_places_go_to_skilled_workers_at_work_and_their_firms_miss_them(world: World):
    nobody_else = P.model_copy(update={"training_rate": 1e-9, "training_elasticity": 8.0})
    rows, learnt = quarter(world, offer(3.0, award=1.0), nobody_else)
    t, sent = world.talent, learnt > 1e-12
    rows, learnt = rows[sent], learnt[sent]
    assert len(rows) == 3
    assert (t.skill[rows] == SKILLED).all()
    assert (t.employer_kind[rows] == FIRM).all()
    assert 0 not in t.employer[rows]
    np.testing.assert_allclose(learnt, 0.02, rtol=1e-6)
    assert world.records["training_away"].sum() == pytest.approx(3 * P.course_time)
    assert world.records["training_cost"].sum() == 0.0
    staff = world.firms.staff[t.employer[rows[0]], SKILLED]
    mates = (t.employer[rows] == t.employer[rows[0]]).sum()
    assert world.records["skill_gain"][t.employer[rows[0]]] == pytest.approx(0.02 * mates / staff, rel=1e-3)
    assert world.records["skill_gain"][world.firms.staff[:6, SKILLED].argmin()] <= 0.0


def test_firms_train_without_any_policy_at_their_own_cost_unless_they_are_short_of_money(world: World):
    world.lock(False)
    world.ledger.pay("loss", world.firms.at(np.array([2])), "world", 21.0)
    rows, learnt = quarter(world, Levers(), P.model_copy(update={"training_rate": 1.0, "training_loss": 0.5}))
    t, f = world.talent, world.firms
    at_work = (t.skill[rows] == SKILLED) & (t.employer_kind[rows] == FIRM)
    sent = learnt > 1e-12
    assert (sent == at_work & (t.employer[rows] != 2)).all()
    assert (at_work & (t.employer[rows] == 2)).any()
    assert sent.sum() > 3
    courses = np.bincount(t.employer[rows[sent]], minlength=6)
    np.testing.assert_allclose(world.records["training_cost"][:6], P.course_cost * courses)
    assert world.ledger.sum_of("courses", "firms", "households") == pytest.approx(P.course_cost * sent.sum())
    assert world.records.flows["trained"] == sent.sum()
    assert len(f.live) == 6


def test_places_go_to_many_who_would_have_been_trained_anyway():
    often = P.model_copy(update={"training_rate": 0.5, "training_loss": 0.5})
    alone, among = small_world(), small_world()
    rows, own = quarter(alone, Levers(), often)
    _, all_sent = quarter(among, offer(4.0, award=0.02), often)
    own, all_sent = own > 1e-12, all_sent > 1e-12
    paid = np.isin(among.talent.key[rows], among.records.column("training", "person_key"))
    assert not (own & ~all_sent).any()
    assert paid.sum() == 4
    added = all_sent.sum() - own.sum()
    assert 0 < added < 4
    assert (paid & own).sum() == 4 - added
    assert among.records["training_cost"].sum() == pytest.approx(P.course_cost * (own & ~paid).sum())


def test_support_makes_more_courses_wanted():
    chance = training.course_chance(0.1, np.array([0.0, 0.75, 0.9999]), 0.5)
    np.testing.assert_allclose(chance, [0.1, 0.2, 1.0])
    np.testing.assert_allclose(training.course_chance(0.1, np.array([0.75]), 0.0), 0.1)


def test_what_skilled_workers_have_learnt_stays_about_what_it_was_at_the_start():
    usual = training.usual_training(P)
    gained = P.training_rate * P.course_gain * (1.0 - usual / P.training_most)
    assert gained == pytest.approx(P.training_loss * usual)
    assert training.usual_training(P.model_copy(update={"training_rate": 0.0})) == 0.0
    model = Ecosystem(load_scenario("baseline", scale=0.2), rng=1)
    t, means = model.world.talent, []
    for _ in range(12):
        model.step()
        means.append(t.trained[t.live[t.skill[t.live] == SKILLED]].mean())
    assert means[0] == pytest.approx(usual, rel=0.01)
    assert means[-1] == pytest.approx(usual, rel=0.10)
    newcomers = t.live[(t.arrived[t.live] == model.world.quarter) & (t.skill[t.live] == SKILLED)]
    graduate = t.trained[newcomers] < 0.9 * usual
    assert graduate.any(), "courses at work are not behind those who come from school"
    assert not graduate.all()


def test_parts_of_a_place_add_up_to_whole_ones():
    offered = np.array([training.whole_places(np.array([0.3, 2.5]), quarter) for quarter in range(10)])
    assert offered.sum(axis=0).tolist() == [3, 25]
    assert offered.max(axis=0).tolist() == [1, 3]


def test_a_new_trade_is_learnt_where_it_pays_enough():
    course = training.chosen_course(np.array([0.1, 0.1, 0.35]), np.array([0.2, 0.3]), np.zeros((3, 2)), 0.15)
    assert course.tolist() == [1, 1, -1]
    assert training.chosen_course(np.array([0.1]), np.array([0.11]), np.zeros((1, 1)), 0.15).tolist() == [-1]


def test_a_trade_is_worth_its_wage_times_the_chance_to_find_work_in_it():
    worth = training.prospects(np.array([0.2, 0.3, 0.3]), np.array([1.0, 1.0, 0.25]), 0.5)
    np.testing.assert_allclose(worth, [0.2, 0.3, 0.15])
    course = training.chosen_course(worth[:1], worth[1:], np.zeros((1, 2)), 0.15)
    assert course.tolist() == [0]


def test_those_who_pass_a_course_seek_work_in_the_new_trade(world: World):
    levers, draws = Levers(), Draws(0)
    levers.course_places.move(np.array([0.0, 0.0, 5.0, 0.0, 0.0]))
    draws.quarter = 1
    before = world.talent.skill[world.talent.live].copy()
    world.begin_quarter(1)
    with world.writing(labour.WRITES):
        labour.step(world, levers, draws, P)
    world.end_quarter()
    t = world.talent
    changed = np.flatnonzero(t.skill[t.live] != before)
    assert 0 < len(changed) == world.records.flows["converted"] <= 5
    assert (t.skill[t.live[changed]] == BROKER).all()
    assert (before[changed] <= SKILLED).all()
    assert len(world.records.column("courses", "passed")) == 5


def test_nobody_learns_a_trade_in_which_there_is_no_work(world: World):
    levers, draws = Levers(), Draws(0)
    levers.course_places.move(np.array([0.0, 0.0, 5.0, 0.0, 0.0]))
    world.begin_quarter(1)
    with world.writing(labour.WRITES):
        fields = len(world.region.fields)
        world.segments.tightness[segment_of(np.array([BROKER]), np.zeros(1, dtype=int), fields)] = 1e-3
        labour.step(world, levers, draws, P)
    assert len(world.records.column("courses", "passed")) == 0


def test_part_of_what_was_learnt_is_forgotten_and_no_other_ability(world: World):
    t = world.talent
    t.trained[:2] = [0.04, 0.0]
    before = t.ability[:2].copy()
    training.forget(world, P)
    np.testing.assert_allclose(t.trained[:2], [0.04 * 0.9**0.25, 0.0])
    np.testing.assert_allclose(before - t.ability[:2], [0.04 * (1.0 - 0.9**0.25), 0.0])

"""Labour market: staffing rules by hand, directions, and quarters under the guard."""

from __future__ import annotations

import numpy as np
import pytest
from small_labour_market import P, small_world

from simulation import Ecosystem, load_scenario
from simulation.draws import Draws
from simulation.levers import Levers
from simulation.populations.columns import origin_keys
from simulation.populations.funds import ANGEL, BANK, VENTURE
from simulation.populations.segments import segment_of, skill_means, starting_wages
from simulation.populations.talent import (
    BROKER,
    FINANCE,
    FIRM,
    INSTITUTE,
    MANAGEMENT,
    NO_EMPLOYER,
    OUTSIDE,
    RESEARCH,
    SKILLED,
)
from simulation.processes.labour import plans
from simulation.processes.labour import process as labour
from simulation.processes.labour.hiring import Jobs, Workforce, employers_of, seekers_gains
from simulation.processes.labour.plans import rounded, staff_needed_by, staff_wanted_by
from simulation.processes.labour.process import LabourParameters, next_wage
from simulation.processes.labour.staffing import (
    StaffNorms,
    Work,
    affordable_hires,
    excess_staff,
    firm_staff_needed,
    fund_staff_needed,
    institute_mix,
    lowest_in_groups,
    replaced_pay,
    staff_norms,
)
from simulation.space.region import load_region
from simulation.world import World


@pytest.fixture
def world() -> World:
    return small_world()


def run_quarter(world: World, quarter: int = 1, seed: int = 0) -> None:
    draws = Draws(seed)
    draws.quarter = quarter
    world.begin_quarter(quarter)
    with world.writing(labour.WRITES):
        labour.step(world, Levers(), draws, P)
    world.end_quarter()


def test_segments_are_fields_for_research_and_skilled_work_only():
    skill = np.array([RESEARCH, RESEARCH, SKILLED, BROKER, FINANCE, MANAGEMENT])
    np.testing.assert_array_equal(segment_of(skill, np.array([0, 4, 2, 3, 3, 3]), 5), [0, 4, 7, 10, 11, 12])


def test_means_by_skill_leave_single_segments_alone():
    np.testing.assert_allclose(skill_means(np.array([1.0, 3.0, 5.0, 7.0, 8.0, 9.0, 10.0]), 2), [2, 6, 8, 9, 10])


def test_a_firm_needs_people_in_proportion_to_work_and_fewer_when_they_are_dear():
    norms = StaffNorms(skilled=2.0, research=3.0, broker=0.5, finance=0.1, management=0.2, institute=1.0)
    needed = firm_staff_needed(np.array([10.0, 10.0]), np.array([4.0, 4.0]), np.array([40.0, 40.0]),
                               np.arange(2), np.array([np.ones(5), [2.0, 4.0, 0.25, 4.0, 9.0]]), norms, 0.5)
    np.testing.assert_allclose(needed[0], [12.0, 20.0, 2.0, 4.0, 6.4])
    np.testing.assert_allclose(needed[1], [6.0, 10.0, 4.0, 2.0, 0.2 * 16.0 / 3.0])


@pytest.mark.parametrize("elasticity", [0.3, 0.6, 1.0])
def test_the_last_person_hired_saves_the_wage_and_nobody_saves_anything_at_the_wages_of_the_start(elasticity: float):
    start = np.full((1, 5), 0.2)

    def saved(wage: float) -> float:
        """What all brokers of an employer save it, who are as many as it wants at a wage."""
        return float((wage**-elasticity * replaced_pay(np.full((1, 5), wage), start, elasticity))[0, BROKER])

    assert saved(1.0) == 0.0
    for wage in (0.7, 0.95, 1.1, 1.6):
        more = 1e-5
        people = [(wage - step * more) ** -elasticity for step in (1, -1)]
        gain = (saved(wage - more) - saved(wage + more)) / (people[0] - people[1])
        assert gain == pytest.approx(0.2 * wage, rel=1e-6)
    assert replaced_pay(np.full((1, 5), 0.8), start, elasticity)[0, RESEARCH] == 0.0


def test_goods_that_became_cheaper_take_no_fewer_hands():
    world, cheap = small_world(), small_world()
    cheap.industries.price[:] = -np.log(2.0)
    once, twice = (staff_needed_by(w, P)["firms"] for w in (world, cheap))
    np.testing.assert_allclose(twice[:, SKILLED], 2.0 * once[:, SKILLED])
    np.testing.assert_allclose(twice[:, RESEARCH], once[:, RESEARCH])


@pytest.mark.parametrize("name", ["nanhu", "testbed"])
def test_at_the_norms_employers_want_the_talent_that_the_region_has_and_some_more(name: str):
    region, work = load_region(name), Work(value_added=8000.0, research=900.0, sales=30000.0, institutes=150.0)
    norms, levels = staff_norms(region, work, P), region.levels
    done = (np.array([amount]) for amount in (work.value_added, work.research, work.sales))
    wanted = firm_staff_needed(*done, np.zeros(1, dtype=int), np.ones((1, 5)), norms, 0.6)[0]
    wanted += work.institutes * norms.institute * institute_mix(P)
    employed = levels["talent"].value * (1.0 - levels["unemployment"].value) * (1.0 + P.usual_openings)
    for skill, label in ((RESEARCH, "research"), (SKILLED, "skilled"), (BROKER, "broker"), (MANAGEMENT, "management")):
        assert wanted[skill] == pytest.approx(employed * levels[f"talent_{label}"].value, rel=1e-6)


@pytest.mark.parametrize("growth", [1.0, 1.2])
@pytest.mark.parametrize("scale", [0.1, 0.5])
def test_the_world_as_made_has_jobs_for_its_talent_whatever_the_growth_up_to_the_start(growth: float, scale: float):
    changed = {"parameters.initial.growth_to_start": growth}
    model = Ecosystem(load_scenario("baseline", scale=scale, set=changed))
    wanted = sum(people.sum() for people in staff_needed_by(model.world, P).values())
    levels = model.world.region.levels
    assert wanted == pytest.approx(levels["talent"].value * scale * (1 - levels["unemployment"].value) * 1.07, rel=0.04)
    working = (model.world.talent.employer[model.world.talent.live] >= 0).mean()
    assert working == pytest.approx(1 - levels["unemployment"].value, abs=0.012)


def test_virtual_offices_hire_fewer_people_and_banks_share_theirs():
    kind, presence = np.array([VENTURE, VENTURE, VENTURE, ANGEL, BANK, BANK]), np.array([0, 1, 2, 0, 0, 0])
    needed = fund_staff_needed(kind, presence, 1000.0, np.ones(5), P)
    np.testing.assert_allclose(needed[:, FINANCE], [3.0, 0.9, 4.5, 0.5, 25.0, 25.0])
    dear = fund_staff_needed(kind, presence, 1000.0, np.array([1.0, 1.0, 1.0, 2.0, 1.0]), P)
    np.testing.assert_allclose(dear[:, FINANCE], needed[:, FINANCE] * 2.0**-P.demand_elasticity)
    np.testing.assert_allclose(dear[:, MANAGEMENT], needed[:, MANAGEMENT])


def test_institutes_want_people_for_the_funding_that_they_count_on(world: World):
    levers = Levers()
    levers.institute_funding.move(lambda view: view.budget)
    twice, once = (staff_needed_by(world, P, moved) for moved in (levers, None))
    assert twice["institutes"] == pytest.approx(2.0 * once["institutes"])
    assert once["institutes"].sum() > 0
    assert (twice["firms"] == once["firms"]).all()


def test_firms_hire_only_what_they_can_pay():
    gap, wage = np.array([[2.0, 0.0], [2.0, 0.0], [0.0, 0.0]]), np.array([0.06, 0.03])
    np.testing.assert_allclose(affordable_hires(gap, wage, np.array([0.06, 1.0, 0.0])), [0.5, 1.0, 0.0])


def test_a_plan_for_staff_stands_until_the_need_has_moved_by_half_a_person_beyond_the_next_whole_one():
    world = small_world()
    firms = world.firms
    whole = staff_wanted_by(world, P)["firms"]
    firms.staff_wanted[firms.live] = whole
    firms.sales_year[firms.live] *= 1.0001
    assert (staff_wanted_by(world, P)["firms"] == whole).all()
    need = staff_needed_by(world, P)["firms"]
    changed = LabourParameters(plan_inertia=0.0).quarterly()
    kept = []
    for times in (0.5, 0.96, 1.04, 2.0):
        firms.sales_year[firms.live] *= times
        firms.rd_spend[firms.live] *= times
        now, anew = staff_wanted_by(world, P)["firms"], staff_wanted_by(world, changed)["firms"]
        assert (now == np.where(now == whole, whole, anew)).all()  # a new plan is what the need asks for
        stale = (now == whole) & (anew != whole)
        assert (np.abs(staff_needed_by(world, P)["firms"] - whole)[stale] < 1.5).all()
        assert (now != whole).any() or 0.9 < times < 1.1
        kept.append(stale.any())
        firms.sales_year[firms.live] /= times
        firms.rd_spend[firms.live] /= times
    assert all(kept[1:3])
    np.testing.assert_allclose(staff_needed_by(world, P)["firms"], need)
    firms.staff_wanted[firms.live] = 0  # nobody planned yet
    assert (staff_wanted_by(world, P)["firms"] == staff_wanted_by(world, changed)["firms"]).all()


def test_only_a_firm_short_of_money_lets_the_one_go_that_it_does_not_want():
    gone = []
    for cash in (20.0, -1.0):
        world = small_world()
        world.firms.cash[2] = cash
        run_quarter(world, 1)
        world.begin_quarter(2)
        world.lock(False)
        workforce = labour.Workforce(world, labour.employers_of(world))
        before = int(workforce.staff[2].sum())
        wanted = workforce.staff.copy()
        wanted[2] = np.maximum(wanted[2] - 1, 0)  # one less of each skill
        labour._dismiss(world, Draws(0), workforce, wanted, P)
        gone.append(before - int(workforce.staff[2].sum()))
    assert gone[0] == 0
    assert gone[1] > 0


def test_going_wages_say_how_dear_research_is_and_which_jobs_are_only_for_the_cheap():
    world = small_world()
    run_quarter(world)
    fields = len(world.region.fields)
    world.begin_quarter(2)
    world.lock(False)
    start = starting_wages(world) * (1.0 + P.wage_trend) ** world.quarter
    world.segments.wage[:] = start
    world.segments.wage[:fields] *= 1.3
    world.segments.wage[2 * fields + 1] *= 0.8  # finance people
    plans.publish_substitution(world, P)
    assert world.records["research_dear"] == pytest.approx(1.3)
    needed, replaced = world.records["needed_share"], world.records["replaced_pay"]
    np.testing.assert_allclose(needed[:, FINANCE], 0.8**P.demand_elasticity)
    np.testing.assert_allclose(needed[:, [RESEARCH, SKILLED, BROKER, MANAGEMENT]], 1.0)
    assert (replaced[:, FINANCE] > 0.0).all()
    assert np.abs(replaced[:, [RESEARCH, SKILLED, BROKER, MANAGEMENT]]).max() < 1e-12


def test_nobody_is_let_go_within_the_tolerance_or_one_person():
    staff, wanted = np.array([[3, 11, 20, 1]] * 2), np.array([[2, 10, 10, 0]] * 2)
    short = np.array([False, True])  # who is short of money keeps nobody whom it does not want
    np.testing.assert_array_equal(excess_staff(staff, wanted, short, 0.1, 0.5), [[0, 0, 5, 0], [1, 1, 5, 1]])


def test_the_least_valued_are_let_go_and_keys_break_ties():
    group, keys = np.array([0, 1, 0, 0, 1]), np.array([5, 4, 3, 2, 1])
    score = np.array([0.5, 0.2, 0.5, 0.9, 0.1])
    chosen = lowest_in_groups(group, score, keys, np.array([1, 1]))
    np.testing.assert_array_equal(chosen, [False, False, True, False, True])


def test_rounding_is_fair_on_average_and_lasting():
    keys = origin_keys("firm", 0, 0, np.arange(4000))
    people = rounded(np.full((4000, 2), 1.3), keys)
    assert people.mean() == pytest.approx(1.3, abs=0.02)
    np.testing.assert_array_equal(people, rounded(np.full((4000, 2), 1.3), keys))
    assert (rounded(np.full((4000, 2), 1.4), keys) >= people).all()


def test_wages_follow_the_trend_at_the_reference_and_rise_with_scarcity():
    wage, reference = np.full(3, 0.2), P.tightness_reference
    following = next_wage(wage, reference * np.array([0.5, 1.0, 2.0]), P)
    assert following[1] == pytest.approx(0.2 * (1.0 + P.wage_trend))
    assert following[0] < following[1] < following[2]
    assert following[2] / following[1] == pytest.approx(2.0**P.wage_response)


def test_a_quarter_keeps_the_books_and_staff_columns_in_step(world: World):
    for quarter in range(1, 6):
        run_quarter(world, quarter)
        t = world.talent
        people = t.live
        for kind, population in ((FIRM, world.firms), (INSTITUTE, world.institutes)):
            mine = people[t.employer_kind[people] == kind]
            for skill in range(5):
                staff = np.bincount(t.employer[mine[t.skill[mine] == skill]], minlength=len(population))
                np.testing.assert_array_equal(population.staff[:, skill], staff)
            research = mine[t.skill[mine] == RESEARCH]
            ability = np.bincount(t.employer[research], np.exp(t.ability[research]), minlength=len(population))
            np.testing.assert_allclose(population.research_ability, ability / P.mean_ability)
        wages = t.wage[people[t.employer_kind[people] != NO_EMPLOYER]].sum() / 4.0
        assert world.ledger.sum_of("wages", payee="households") == pytest.approx(wages)
        assert world.invariants() == []


def test_hires_and_separations_add_up_to_the_change_in_jobs(world: World):
    before = (world.talent.employer_kind[world.talent.live] != NO_EMPLOYER).sum()
    run_quarter(world)
    flows = world.records.flows
    after = (world.talent.employer_kind[world.talent.live] != NO_EMPLOYER).sum()
    leaving = flows["quits"] - flows["job_moves"] + flows["layoffs"]
    assert after - before == flows["hires"] - flows["job_moves"] - leaving
    assert flows["hires"] > 20


def test_people_of_the_wrong_skill_or_field_are_not_hired(world: World):
    before = world.talent.employer_kind.copy()
    run_quarter(world)
    t = world.talent
    hired = t.live[(before[t.live] == NO_EMPLOYER) & (t.employer_kind[t.live] == FIRM) & (t.skill[t.live] == RESEARCH)]
    weights = world.region.field_weights[world.firms.industry[t.employer[hired]], t.field[hired]]
    assert len(hired)
    assert (weights > 0).all()


def test_firms_without_money_do_not_hire(world: World):
    world.ledger.open_quarter(0)
    world.ledger.pay("sink", world.firms.at(world.firms.live), "world", world.firms.cash[world.firms.live])
    run_quarter(world)
    arrived = (world.talent.employer_kind[40:] == FIRM).sum()
    assert arrived == 0


def test_founders_do_not_leave_their_firm(world: World):
    t = world.talent
    t.founded[:40] = True
    t.since[:40] = world.firms.born[t.employer[:40]]
    kept = t.employer[:40].copy()
    for quarter in range(1, 9):
        run_quarter(world, quarter)
    np.testing.assert_array_equal(t.employer[:40], kept)


def test_founders_pay_follows_the_trend_and_not_what_others_earn(world: World):
    t = world.talent
    t.founded[:20] = True
    t.since[:20] = world.firms.born[t.employer[:20]]
    t.wage[:40] = 0.4 * world.segments.wage.mean()
    before = t.wage[:40].copy()
    run_quarter(world, 1)
    raised = t.wage[:40] / before - 1.0
    assert raised[:20] == pytest.approx(P.wage_trend)
    assert (raised[20:] > 2.0 * P.wage_trend).all()


def test_overstaffed_firms_lay_off_down_to_their_need(world: World):
    world.firms.sales_year[:] = 0.0
    world.firms.rd_spend[:] = 0.0
    world.firms.rd_intensity[:] = 0.0
    staff = (world.talent.employer_kind == FIRM).sum()
    run_quarter(world)
    assert world.records.flows["layoffs"] > 0
    assert (world.talent.employer_kind == FIRM).sum() < staff


def test_those_who_work_outside_are_paid_by_the_world(world: World):
    world.talent.employer_kind[100:110] = OUTSIDE
    world.talent.employer[100:110] = 0
    run_quarter(world)
    t = world.talent
    outside = t.live[t.employer_kind[t.live] == OUTSIDE]
    assert len(outside) > 0
    paid = world.ledger.sum_of("wages", payer="world", payee="households")
    assert paid == pytest.approx(t.wage[outside].sum() / 4.0)


def test_a_long_search_makes_people_less_choosy():
    hired = {}
    for since in (0, -20):
        world = small_world()
        world.talent.wage[:] *= 1.5
        world.talent.since[:] = since
        run_quarter(world)
        jobless_before = np.arange(40, 200)
        hired[since] = (world.talent.employer_kind[jobless_before] != NO_EMPLOYER).sum()
    assert hired[-20] > hired[0]


def test_plentiful_jobs_make_everybody_who_quit_before_quit_and_more():
    left = {}
    for tightness in (0.5, 2.0):
        world = small_world()
        world.firms.cash[:] = 0.0  # nobody is hired
        world.talent.employer_kind[:] = FIRM
        world.talent.employer[:] = np.arange(len(world.talent)) % 6
        world.firms.sales_year[:] = 1e4  # nobody is dismissed
        world.firms.rd_spend[:] = 100.0
        world.segments.tightness[:] = tightness
        gone = set()
        for quarter in range(1, 13):
            run_quarter(world, quarter)
            world.talent.lock(False)
            gone |= set(world.talent.key[world.talent.employer_kind == NO_EMPLOYER].tolist())
            world.segments.lock(False)
            world.segments.tightness[:] = tightness
        left[tightness] = gone
    assert left[0.5] < left[2.0]  # empty rows of the table are in both sets


def test_those_who_part_in_the_first_half_of_a_quarter_find_work_within_it_but_not_where_they_left():
    model = Ecosystem(load_scenario("baseline", scale=0.2), rng=0)
    parted = found = same = 0
    for _ in range(10):
        t = model.world.talent
        worked = t.live[t.employer_kind[t.live] == FIRM]
        before = dict(zip(t.key[worked].tolist(), model.world.firms.key[t.employer[worked]].tolist(), strict=True))
        model.step()
        t, flows = model.world.talent, model.world.records.flows
        new = t.live[(t.employer_kind[t.live] == FIRM) & (t.since[t.live] == model.quarter) & ~t.founded[t.live]]
        pairs = zip(t.key[new].tolist(), model.world.firms.key[t.employer[new]].tolist(), strict=True)
        changes = [(before[key], now) for key, now in pairs if key in before]
        same += sum(last == now for last, now in changes)
        found += len(changes) - flows["job_moves"]
        parted += flows["quits"] - flows["job_moves"] + flows["layoffs"]
    assert same == 0
    assert 0.25 < found / parted < 0.5  # three in four who look find work


def test_people_tired_of_their_employer_weigh_wage_way_and_what_they_would_give_up():
    world, draws = small_world(), Draws(0)
    employers = employers_of(world)
    workforce = Workforce(world, employers)
    someone = np.array([1])  # a skilled worker of firm 1
    jobs = Jobs(np.array([0, 1]), workforce.segment[someone].repeat(2), np.array([0, 1]))
    p = P.model_copy(update={"taste": 0.0, "distance_cost": 0.0})
    gain, _ = seekers_gains(world, draws, workforce, someone, np.array([[0, 1]]), jobs, np.ones(employers.size), p)
    ability = world.talent.ability[1]
    expected = p.wage_weight * (np.log(0.12) + p.ability_return * ability - np.log(world.talent.wage[1])) + p.readiness
    assert gain[0, 0] == pytest.approx(expected)
    assert gain[0, 1] == -np.inf


def test_the_same_seed_gives_the_same_market_and_another_seed_another():
    region = load_region("testbed")
    outcomes = []
    for seed in (0, 0, 1):
        world = World(region, 1.0)
        world.firms.add(origin_keys("firm", 0, 0, np.arange(3)), sales_year=50.0, rd_intensity=0.05, rd_spend=0.6)
        world.ledger.open_quarter(0)
        world.ledger.pay("equity", "households", world.firms.at(world.firms.live), 20.0)
        world.talent.add(origin_keys("talent", 0, 0, np.arange(90)), skill=np.arange(90) % 2, field=np.arange(90) % 5,
                         wage=0.15)
        world.externals.wage[:] = 0.3
        run_quarter(world, seed=seed)
        outcomes.append(world.talent.employer[world.talent.live].tolist())
    assert outcomes[0] == outcomes[1] != outcomes[2]

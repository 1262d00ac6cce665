"""The ring of places and deferred acceptance on small cases solved by hand."""

from __future__ import annotations

import numpy as np
import pytest

from simulation.draws import Draws, pair_keys
from simulation.processes.labour.matching import HASH_BITS, PLACE_BITS, deferred_acceptance, next_on_ring, ring_codes


def on_ring(segment: int, places: list[int]) -> np.ndarray:
    return (segment << (PLACE_BITS + HASH_BITS)) + np.array(places, dtype=np.int64)


def test_people_see_the_next_jobs_clockwise_and_the_ring_closes():
    slots = np.concatenate([on_ring(0, [10, 20, 30]), on_ring(2, [5, 15])])
    people = np.concatenate([on_ring(0, [15, 35]), on_ring(2, [0])])
    np.testing.assert_array_equal(next_on_ring(people, slots, 2), [[1, 2], [0, 1], [3, 4]])


def test_no_job_is_seen_twice_in_a_small_segment():
    slots = np.concatenate([on_ring(0, [10]), on_ring(1, [5, 6, 7])])
    people = np.concatenate([on_ring(0, [12]), on_ring(3, [12])])
    np.testing.assert_array_equal(next_on_ring(people, slots, 3), [[0, -1, -1], [-1, -1, -1]])


def test_near_places_have_near_codes():
    x, y = np.array([2.0, 2.2, 20.0]), np.array([3.0, 3.1, 18.0])
    codes = ring_codes(np.zeros(3, dtype=int), x, y, np.zeros(3, dtype=np.uint64))
    assert abs(codes[0] - codes[1]) < abs(codes[0] - codes[2])


def test_segments_never_share_a_ring():
    rng = np.random.default_rng(0)
    bits = rng.integers(0, 2**63, 200).astype(np.uint64)
    codes = ring_codes(np.repeat([0, 1], 100), rng.uniform(-70, 2000, 200), rng.uniform(-70, 2000, 200), bits)
    assert codes[:100].max() < codes[100:].min()


def test_the_displaced_ask_for_their_next_choice():
    # Both like job 0 best; its employer prefers person 1, so person 0 takes job 1.
    options = np.array([[0, 1], [0, 1]])
    utility = np.array([[2.0, 1.0], [2.0, 1.0]])
    scores = np.array([[0.1, 0.5], [0.9, 0.2]])
    np.testing.assert_array_equal(deferred_acceptance(options, utility, scores, 2, rounds=3), [1, 0])
    np.testing.assert_array_equal(deferred_acceptance(options, utility, scores, 2, rounds=1), [-1, 0])


def test_an_employer_keeps_its_better_candidate_from_an_earlier_round():
    # Person 0 holds job 1 when person 1, refused by job 0, asks for it in the second round.
    options = np.array([[1, -1], [0, 1], [0, -1]])
    utility = np.ones((3, 2)) * [2.0, 1.0]
    scores = np.array([[0.9, 0.0], [0.1, 0.5], [0.8, 0.0]])
    np.testing.assert_array_equal(deferred_acceptance(options, utility, scores, 2, rounds=3), [1, -1, 0])
    scores[1, 1] = 1.5
    np.testing.assert_array_equal(deferred_acceptance(options, utility, scores, 2, rounds=3), [-1, 1, 0])


def test_nobody_takes_a_job_that_brings_no_gain():
    options, scores = np.array([[0, 1]]), np.ones((1, 2))
    assert deferred_acceptance(options, np.array([[-0.1, 0.0]]), scores, 2, 3)[0] == -1
    assert deferred_acceptance(options, np.array([[-0.1, 0.2]]), scores, 2, 3)[0] == 1


def random_market(people: np.ndarray, jobs: int = 60, seed: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    draws = Draws(seed)
    options = next_on_ring(
        (draws.bits("position", people) >> np.uint64(20)).astype(np.int64) & ((1 << 44) - 1),
        np.sort((draws.bits("slot", np.arange(jobs)) >> np.uint64(20)).astype(np.int64) & ((1 << 44) - 1)), 4)
    pairs = pair_keys(np.repeat(people, 4), options.ravel()).reshape(options.shape)
    return options, draws.normal("taste", pairs) + 1.0, draws.normal("score", pairs)


def test_the_order_of_rows_does_not_matter():
    people = np.arange(100, 200)
    market = random_market(people)
    matched = deferred_acceptance(*market, 60, 3)
    order = np.random.default_rng(1).permutation(100)
    again = deferred_acceptance(*(part[order] for part in market), 60, 3)
    np.testing.assert_array_equal(again, matched[order])


@pytest.mark.parametrize("absent", [0, 17, 63])
def test_one_person_less_disturbs_few_others(absent: int):
    people = np.arange(100, 200)
    everybody = deferred_acceptance(*random_market(people), 60, 3)
    without = deferred_acceptance(*random_market(np.delete(people, absent)), 60, 3)
    assert (np.delete(everybody, absent) != without).mean() < 0.05


def test_no_job_is_given_twice():
    matched = deferred_acceptance(*random_market(np.arange(500)), 60, 3)
    given = matched[matched >= 0]
    assert len(given) == len(np.unique(given)) > 40

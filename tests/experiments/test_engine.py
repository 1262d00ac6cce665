import hashlib
import multiprocessing

import fake_district
import pytest

from experiments.engine import run_id, run_many


def collected(scenarios, seeds, **options):
    return sorted(run_many(list(scenarios.values()), seeds, **options), key=lambda finished: finished.position)


def test_gives_the_same_results_for_any_number_of_workers(scenarios):
    alone = collected(scenarios, range(4), jobs=1, run=fake_district.run_slowly_for_early_seeds)
    together = collected(scenarios, range(4), jobs=2, run=fake_district.run_slowly_for_early_seeds)
    assert [finished.run_id for finished in alone] == [finished.run_id for finished in together]
    for left, right in zip(alone, together, strict=True):
        assert left.result.outcomes.equals(right.result.outcomes)


def test_positions_go_seed_by_seed(scenarios):
    finished = collected(scenarios, [7, 8], jobs=1, run=fake_district.run)
    order = [(entry.seed, entry.scenario) for entry in finished]
    assert order == [(seed, name) for seed in (7, 8) for name in scenarios]


def test_run_id_names_scenario_and_seed(scenarios):
    ids = {run_id(scenario.digest, seed) for scenario in scenarios.values() for seed in range(3)}
    assert len(ids) == 9
    assert all(len(identity) == 16 for identity in ids)
    assert run_id("ab", 1) == hashlib.sha256(b"ab:1").hexdigest()[:16]


def test_lists_a_failed_run_with_its_reason_in_one_line_and_goes_on(scenarios):
    finished = collected(scenarios, range(3), jobs=2, run=fake_district.run_or_fail)
    failed = [(entry.scenario, entry.seed, entry.error) for entry in finished if entry.error]
    assert failed == [("risk_pool", 1, "ValueError: the books differ")]
    assert len(finished) == 9


def test_reports_runs_lost_with_a_worker_that_dies(scenarios):
    finished = collected(scenarios, range(4), jobs=2, run=fake_district.run_or_die)
    assert len(finished) == 12
    lost = [entry for entry in finished if entry.error]
    assert {2} <= {entry.seed for entry in lost}
    assert all("worker process ended" in entry.error for entry in lost)


def test_leaves_no_worker_behind_when_it_is_given_up(scenarios):
    runs = run_many(list(scenarios.values()), range(8), jobs=2, run=fake_district.run)
    next(runs)
    runs.close()
    assert multiprocessing.active_children() == []


def test_worker_has_one_thread_for_linear_algebra(scenarios, monkeypatch):
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "4")
    [finished] = run_many(
        [scenarios["baseline"]],
        [0],
        micro=["OPENBLAS_NUM_THREADS"],
        jobs=2,
        run=fake_district.read_environment,
    )
    assert finished.result == "1"


@pytest.mark.parametrize("micro_every", [1, 4])
def test_hands_micro_tables_on(scenarios, micro_every):
    [finished] = run_many(
        [scenarios["baseline"]], [0], micro=["firms"], micro_every=micro_every, jobs=1, run=fake_district.run
    )
    quarters = finished.result.micro["firms"]["quarter"].unique().tolist()
    assert quarters == list(range(8, 20, micro_every))

import hashlib
import multiprocessing

import fake_district
import pytest

from experiments import engine
from experiments.engine import run_id, run_many
from simulation.errors import YanzhenError


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
    [told] = [entry.traceback for entry in finished if entry.error]
    assert "in run_or_fail" in told


def test_reports_runs_lost_with_a_worker_that_dies(scenarios):
    setting = engine.Setting([scenarios["baseline"]], fake_district.run_or_die)
    finished = list(engine.drive(engine.replications_of(1, range(4)), setting, jobs=1))
    assert len(finished) == 4
    lost = [entry for entry in finished if entry.error]
    assert {entry.seed for entry in lost} == {2}
    assert all("worker process ended" in entry.error and entry.tries == 3 for entry in lost)


def test_a_run_whose_worker_is_killed_is_made_again_and_no_other(scenarios, tmp_path, monkeypatch):
    monkeypatch.setenv(fake_district.MARK, str(tmp_path / "died"))
    finished = collected(scenarios, range(4), jobs=2, run=fake_district.run_or_die_once)
    assert all(entry.error is None for entry in finished)
    assert {(entry.scenario, entry.seed): entry.tries for entry in finished if entry.tries > 1} == {("baseline", 2): 2}


def test_a_run_over_the_time_limit_is_given_up_and_the_others_go_on(scenarios):
    finished = collected(scenarios, range(3), jobs=2, run=fake_district.run_or_hang, time_limit=1.0)
    failed = [(entry.scenario, entry.seed, entry.error) for entry in finished if entry.error]
    assert failed == [("risk_pool", 1, "took longer than the time limit of 1 s")]


def test_workers_that_cannot_be_made_ready_are_told_once_and_blamed_on_no_run(scenarios, monkeypatch):
    monkeypatch.setattr(engine, "model_digest", lambda: "another model")
    with pytest.raises(YanzhenError, match="source code here differs"):
        collected(scenarios, range(3), jobs=2, run=fake_district.run)


def test_few_runs_are_in_hand_at_a_time(scenarios):
    taken = []

    def runs():
        for run in engine.replications_of(1, range(50)):
            taken.append(run.position)
            yield run

    driven = engine.drive(runs(), engine.Setting([scenarios["baseline"]], fake_district.run), jobs=1)
    for done, _ in enumerate(driven, start=1):
        assert len(taken) <= done + 2
    assert taken == list(range(50))


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

"""Experiments over worker processes, on this machine or on a dask cluster: the same results to the bit.

One driver on `concurrent.futures`: what differs between engines is the executor and who makes a run in it.
"""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Executor, Future, ThreadPoolExecutor, wait
from contextlib import closing, contextmanager
from queue import SimpleQueue
from typing import TYPE_CHECKING, NamedTuple

from experiments.workers import (
    THREAD_VARIABLES,
    FinishedRun,
    Replication,
    Setting,
    Slot,
    hold_interrupts,
    model_digest,
    run_id,
    threads_limited,
)

if TYPE_CHECKING:
    from experiments.workers import RunFunction
    from simulation import RunResult
    from simulation.scenario import Scenario

__all__ = ["THREAD_VARIABLES", "FinishedRun", "Replication", "Setting", "drive", "limit_threads", "run_id", "run_many"]

LOCAL = "local"
LOOK_EVERY = 0.5
"""Seconds between two looks at the cluster while no run finishes."""

_threads_limited_in_time = False


def limit_threads() -> None:
    """Let linear algebra use one thread in this process and its children; call before numpy is imported.

    Called too late, it reaches the children only, and runs are then left to worker processes.
    """
    global _threads_limited_in_time
    _threads_limited_in_time = _threads_limited_in_time or "numpy" not in sys.modules
    os.environ.update(dict.fromkeys(THREAD_VARIABLES, "1"))


def _simulate(scenario: Scenario, seed: int, micro: Sequence[str], micro_every: int) -> RunResult:
    import simulation

    return simulation.run(scenario, seed, micro=micro, micro_every=micro_every)


def _simulate_unguarded(scenario: Scenario, seed: int, micro: Sequence[str], micro_every: int) -> RunResult:
    """Make a run without the guard of columns, which costs time and changes no result."""
    import simulation

    return simulation.run(scenario, seed, micro=micro, micro_every=micro_every, guarded=False)


def default_jobs(number_of_runs: int) -> int:
    """Return how many worker processes to use: one for each core, never more than there are runs."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(cores, number_of_runs))


class Crew(NamedTuple):
    """Who makes the runs.

    Parameters
    ----------
    executor : of `concurrent.futures`
    make : what it is given to do with each run
    window : how many runs to hand to it at a time
    look : raises if it can make no more runs; called while none finishes
    lost : turns what went wrong outside a run into that run's record, or raises
    """

    executor: Executor
    make: Callable[[Replication], FinishedRun]
    window: Callable[[], int]
    look: Callable[[], None]
    lost: Callable[[Replication, Exception], FinishedRun]


def _raise(_: Replication, fault: Exception) -> FinishedRun:
    raise fault


@contextmanager
def _local_crew(setting: Setting, jobs: int, time_limit: float | None) -> Iterator[Crew]:
    """Offer worker processes of this machine, one behind each thread of an executor."""
    content, model = pickle.dumps(setting), model_digest()
    slots = [Slot(setting, content, model, time_limit) for _ in range(jobs)]
    free: SimpleQueue[Slot] = SimpleQueue()
    for slot in slots:
        free.put(slot)

    def make(replication: Replication) -> FinishedRun:
        slot = free.get()
        try:
            return slot(replication)
        finally:
            free.put(slot)

    with threads_limited():
        executor = ThreadPoolExecutor(jobs, thread_name_prefix="slot", initializer=hold_interrupts)
        try:
            # Twice as many as are made at once: no worker waits while a finished run is being stored.
            yield Crew(executor, make, lambda: 2 * jobs, lambda: None, _raise)
        finally:
            for slot in slots:
                slot.close()
            executor.shutdown(wait=True, cancel_futures=True)


def drive(
    replications: Iterable[Replication],
    setting: Setting,
    *,
    engine: str = LOCAL,
    jobs: int | None = None,
    time_limit: float | None = None,
    started: Callable[[Replication], None] | None = None,
) -> Generator[FinishedRun, None, None]:
    """Make runs in worker processes, and yield each as it finishes.

    Few runs are in hand at a time, so that neither memory nor what an interruption loses grows with their number.

    Parameters
    ----------
    replications : runs to make, taken as they are needed
    setting : what all of them have in common
    engine : "local", or "dask://host:port"
    jobs : worker processes; by default one for each core, or all threads of the cluster
    time_limit : seconds that a run may take
    started : called with each run that is handed to the workers

    Raises
    ------
    YanzhenError
        No worker process can be started, or the cluster is gone.
    """
    if engine == LOCAL:
        crew_of = _local_crew(setting, jobs or default_jobs(sys.maxsize), time_limit)
    else:
        from experiments.dask_cluster import dask_crew

        crew_of = dask_crew(engine, setting, jobs, time_limit)
    waiting = iter(replications)
    with crew_of as crew:
        pending: dict[Future[FinishedRun], Replication] = {}
        more = True
        while True:
            while more and len(pending) < crew.window():
                replication = next(waiting, None)
                if replication is None:
                    more = False
                else:
                    if started is not None:
                        started(replication)
                    pending[crew.executor.submit(crew.make, replication)] = replication
            if not pending:
                return
            done, _ = wait(pending, timeout=LOOK_EVERY, return_when=FIRST_COMPLETED)
            if not done:
                crew.look()
            for future in sorted(done, key=lambda item: pending[item].position):
                replication = pending.pop(future)
                try:
                    finished = future.result()
                except (Exception, CancelledError) as fault:
                    finished = crew.lost(replication, fault)
                yield finished


def replications_of(scenarios: int, seeds: Sequence[int]) -> list[Replication]:
    """Return the runs of some scenarios with common seeds, seed by seed."""
    return [
        Replication(number * scenarios + index, index, seed)
        for number, seed in enumerate(seeds)
        for index in range(scenarios)
    ]


def run_many(
    scenarios: Sequence[Scenario],
    seeds: Sequence[int],
    *,
    micro: Sequence[str] = (),
    micro_every: int = 1,
    jobs: int | None = None,
    plugins: Sequence[str] = (),
    progress: bool = False,
    run: RunFunction | None = None,
    engine: str = LOCAL,
    time_limit: float | None = None,
) -> Generator[FinishedRun, None, None]:
    """Run every scenario with every seed, and yield each run as it finishes.

    Runs start seed by seed, so that an interrupted comparison keeps complete pairs. The order in which
    they finish depends on the workers; `FinishedRun.position` (seed-major) and the results do not.

    Parameters
    ----------
    scenarios : loaded scenarios, with different names
    seeds : seeds of the replications, common to all scenarios
    micro : tables of agents to keep, e.g. "firms"
    micro_every : quarters between two snapshots of those tables
    jobs : number of worker processes; by default one for each core
    plugins : files that declare policies of the user, loaded in every worker
    progress : show runs done and time left on standard error
    run : replaces the simulation (a function that a worker can import), for tests
    engine : "local", or "dask://host:port"
    time_limit : seconds that a run may take

    Yields
    ------
    FinishedRun; a failed run has `error` and no `result`
    """
    replications = replications_of(len(scenarios), seeds)
    setting = Setting(
        list(scenarios), run or _simulate, tuple(micro), micro_every, plugins=tuple(str(file) for file in plugins)
    )
    yield from make(
        replications, setting, len(replications), jobs=jobs, progress=progress, engine=engine, time_limit=time_limit
    )


def make(
    replications: Iterable[Replication],
    setting: Setting,
    total: int,
    *,
    jobs: int | None = None,
    progress: bool = False,
    engine: str = LOCAL,
    time_limit: float | None = None,
    done_before: int = 0,
    isolated: bool = False,
    started: Callable[[Replication], None] | None = None,
) -> Generator[FinishedRun, None, None]:
    """Make runs as `drive` does, with a line of progress; a single job may stay in this process.

    Parameters
    ----------
    replications, setting, engine, jobs, time_limit, started : as in `drive`
    total : how many runs the experiment has
    progress : show runs done, rate, time left and failures on standard error
    done_before : how many of them were made before
    isolated : a single job has its own process too
    """
    left = max(total - done_before, 1)
    if engine == LOCAL:
        jobs = jobs or default_jobs(left)
    # One job stays in this process, so that a plain script needs no __main__ guard; the command line has limited
    # the threads of linear algebra by then, on which the last bits depend.
    alone = engine == LOCAL and jobs == 1 and time_limit is None and not isolated
    if alone and (_threads_limited_in_time or setting.run is _simulate):
        finished = _in_this_process(replications, setting, started)
    else:
        jobs = min(jobs, left) if jobs else None
        finished = drive(replications, setting, engine=engine, jobs=jobs, time_limit=time_limit, started=started)
    # Closed at once when the caller is interrupted, so that no worker goes on.
    with closing(finished):
        yield from with_progress(finished, total, done_before) if progress else finished


def _in_this_process(
    replications: Iterable[Replication], setting: Setting, started: Callable[[Replication], None] | None
) -> Generator[FinishedRun, None, None]:
    for replication in replications:
        if started is not None:
            started(replication)
        yield setting.make(replication)


def with_progress(
    finished: Generator[FinishedRun, None, None], total: int, done_before: int
) -> Generator[FinishedRun, None, None]:
    """Show on standard error how far runs are, and pass them on; closed together with what it passes on."""
    from tqdm import tqdm

    interval = 0.1 if sys.stderr.isatty() else 5.0
    failed = 0
    with closing(finished), tqdm(
        total=total,
        initial=done_before,
        file=sys.stderr,
        unit="run",
        mininterval=interval,
        dynamic_ncols=True,
        bar_format="{l_bar}{bar}| {n_fmt}/{total_fmt} runs [{elapsed} elapsed, {remaining} left, {rate_fmt}{postfix}]",
    ) as bar:
        for run in finished:
            if run.error is not None:
                failed += 1
                bar.set_postfix_str(f"{failed} failed", refresh=False)
            bar.update()
            yield run

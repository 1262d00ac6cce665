"""Replications over worker processes: the same results for any number of workers.

Nothing heavy is imported here: the workers import this module before numpy, and so can set the number
of threads of its linear algebra, on which the last bits of a product depend.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import signal
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing, contextmanager
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulation import RunResult
    from simulation.scenario import Scenario

    RunFunction = Callable[[Scenario, int, Sequence[str], int], RunResult]

THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)
"""Environment variables that limit the threads of linear algebra; read once, when numpy is imported."""

TASKS_IN_FLIGHT_PER_WORKER = 2


@dataclass(frozen=True)
class Replication:
    """One run that is to be made: a scenario by its place in the design, and a seed."""

    position: int
    scenario_index: int
    seed: int


@dataclass(frozen=True)
class FinishedRun:
    """One run that is over: its result, or the error that ended it."""

    position: int
    run_id: str
    scenario: str
    seed: int
    seconds: float
    result: RunResult | None
    error: str | None


def run_id(digest: str, seed: int) -> str:
    """Return the identity of a run: a hash of its resolved scenario and its seed.

    Parameters
    ----------
    digest : SHA-256 of the resolved scenario, hexadecimal
    seed : seed of the run

    Returns
    -------
    16 hexadecimal digits
    """
    return hashlib.sha256(f"{digest}:{seed}".encode()).hexdigest()[:16]


_threads_limited_in_time = False


def limit_threads() -> None:
    """Let linear algebra use one thread in this process and its children; call before numpy is imported.

    Called too late, it reaches the children only, and runs are then left to worker processes.
    """
    global _threads_limited_in_time
    _threads_limited_in_time = _threads_limited_in_time or "numpy" not in sys.modules
    os.environ.update(dict.fromkeys(THREAD_VARIABLES, "1"))


@contextmanager
def _threads_limited() -> Iterator[None]:
    before = {name: os.environ.get(name) for name in THREAD_VARIABLES}
    os.environ.update(dict.fromkeys(THREAD_VARIABLES, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _simulate(scenario: Scenario, seed: int, micro: Sequence[str], micro_every: int) -> RunResult:
    import simulation

    return simulation.run(scenario, seed, micro=micro, micro_every=micro_every)


class _Worker:
    """What a worker process keeps between runs."""

    def __init__(self, scenarios: Sequence[Scenario], run: RunFunction, micro: Sequence[str], micro_every: int) -> None:
        self.scenarios, self.run, self.micro, self.micro_every = scenarios, run, micro, micro_every

    def __call__(self, replication: Replication) -> FinishedRun:
        scenario = self.scenarios[replication.scenario_index]
        started = time.perf_counter()
        result, error = None, None
        try:
            result = self.run(scenario, replication.seed, self.micro, self.micro_every)
        except Exception as fault:
            # A run that fails must not end the others: it is listed with its reason.
            error = " ".join(f"{type(fault).__name__}: {fault}".split())
        seconds = time.perf_counter() - started
        identity = run_id(scenario.digest, replication.seed)
        return FinishedRun(replication.position, identity, scenario.name, replication.seed, seconds, result, error)


_worker: _Worker | None = None


def _end_with(parent: Any) -> None:
    """End this worker when its coordinator is gone: it would wait for work for ever."""
    parent.join()
    os._exit(1)


def _start_worker(plugins: Sequence[str], content: bytes) -> None:
    global _worker
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    if plugins:
        from simulation.policies import load_plugin

        for file in plugins:
            load_plugin(file)
    _worker = _Worker(*pickle.loads(content))


def _run_in_worker(replication: Replication) -> FinishedRun:
    assert _worker is not None
    return _worker(replication)


def default_jobs(number_of_runs: int) -> int:
    """Return how many worker processes to use: one for each core, never more than there are runs."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(cores, number_of_runs))


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

    Yields
    ------
    FinishedRun; a failed run has `error` and no `result`
    """
    replications = [
        Replication(number * len(scenarios) + index, index, seed)
        for number, seed in enumerate(seeds)
        for index in range(len(scenarios))
    ]
    jobs = jobs or default_jobs(len(replications))
    setting = (list(scenarios), run or _simulate, tuple(micro), micro_every)
    # One job stays in this process, so that a plain script needs no __main__ guard; the command line has limited
    # the threads of linear algebra by then, on which the last bits depend.
    if jobs == 1 and (_threads_limited_in_time or run is None):
        finished = _in_this_process(replications, setting)
    else:
        finished = _pool(replications, min(jobs, len(replications)), plugins, setting)
    # Closed at once when the caller is interrupted, so that no worker goes on.
    with closing(finished):
        yield from _with_progress(finished, len(replications)) if progress else finished


def _in_this_process(
    replications: Sequence[Replication], setting: tuple[Any, ...]
) -> Generator[FinishedRun, None, None]:
    yield from map(_Worker(*setting), replications)


def _with_progress(finished: Iterator[FinishedRun], total: int) -> Iterator[FinishedRun]:
    from tqdm import tqdm

    interval = 0.1 if sys.stderr.isatty() else 5.0
    yield from tqdm(
        finished,
        total=total,
        file=sys.stderr,
        unit="run",
        mininterval=interval,
        dynamic_ncols=True,
        bar_format="{l_bar}{bar}| {n_fmt}/{total_fmt} runs [{elapsed} elapsed, {remaining} left]",
    )


def _pool(
    replications: Sequence[Replication], jobs: int, plugins: Sequence[str], setting: tuple[Any, ...]
) -> Generator[FinishedRun, None, None]:
    with _threads_limited():
        pool = ProcessPoolExecutor(
            jobs,
            mp_context=get_context("spawn"),
            initializer=_start_worker,
            initargs=(tuple(map(str, plugins)), pickle.dumps(setting)),
        )
        scenarios = setting[0]
        waiting = iter(replications)
        pending: dict[Future[FinishedRun], Replication] = {}
        complete = False
        try:
            while True:
                while len(pending) < jobs * TASKS_IN_FLIGHT_PER_WORKER:
                    replication = next(waiting, None)
                    if replication is None:
                        break
                    try:
                        pending[pool.submit(_run_in_worker, replication)] = replication
                    except BrokenProcessPool:
                        yield _lost(replication, scenarios)
                if not pending:
                    break
                done, _ = wait(pending, return_when=FIRST_COMPLETED)
                for future in sorted(done, key=lambda item: pending[item].position):
                    replication = pending.pop(future)
                    try:
                        yield future.result()
                    except BrokenProcessPool:
                        yield _lost(replication, scenarios)
            complete = True
        finally:
            if not complete:
                # Interrupted: the runs under way are given up at once.
                for process in list((pool._processes or {}).values()):
                    process.terminate()
            pool.shutdown(wait=True, cancel_futures=True)


def _lost(replication: Replication, scenarios: Sequence[Scenario]) -> FinishedRun:
    scenario = scenarios[replication.scenario_index]
    message = "a worker process ended early (out of memory, or killed from outside)"
    identity = run_id(scenario.digest, replication.seed)
    return FinishedRun(replication.position, identity, scenario.name, replication.seed, 0.0, None, message)

"""The runs of a calibration: sets of parameter values and seeds become simulated levels, in worker processes.

The pool outlives the batches of the search, so that workers start once.
"""

from __future__ import annotations

import math
import os
import pickle
import signal
import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from multiprocessing import get_context, parent_process
from types import TracebackType
from typing import Any, Self

from experiments.calibration.targets import Plan
from experiments.engine import limit_threads
from simulation.errors import YanzhenError
from simulation.parameters import Parameters
from simulation.scenario import Scenario

Levels = dict[str, float]
Simulate = Callable[[Mapping[str, float], int], Levels]
"""Returns the simulated levels of values by dotted path and a seed."""


class WorkerError(YanzhenError):
    """A worker process ended in the middle of a run."""


@dataclass(frozen=True)
class Task:
    """One run to be made: a set of values, and a seed."""

    key: int
    values: Mapping[str, float]
    seed: int


@dataclass(frozen=True)
class Answer:
    """One run that is over: its levels, or why there are none."""

    task: Task
    levels: Levels | None
    error: str | None = None


def with_values(scenario: Scenario, values: Mapping[str, float]) -> Scenario:
    """Return a scenario with other values of some parameters.

    Parameters
    ----------
    scenario : to start from
    values : by dotted path, such as "labour.quit_rate"
    """
    groups: dict[str, Parameters] = dict(scenario.parameters)
    for path, value in values.items():
        group, _, name = path.partition(".")
        old = groups[group]
        groups[group] = type(old)(**{**old.model_dump(), name: value})
    return replace(scenario, parameters=groups)


@dataclass(frozen=True)
class ModelRuns:
    """Simulated levels of the model.

    Parameters
    ----------
    scenario : what is run, as long as the plan needs
    plan : targets that are read from its outcomes
    """

    scenario: Scenario
    plan: Plan

    def __call__(self, values: Mapping[str, float], seed: int) -> Levels:
        """Return the levels of one run."""
        from simulation.runs import run

        outcomes = run(with_values(self.scenario, values), seed, guarded=False).outcomes
        return {
            target.name: float(outcomes.loc[list(target.quarters), target.outcome].mean()) * target.factor
            for target in self.plan.targets
        }


def _answer(simulate: Simulate, task: Task) -> Answer:
    try:
        levels = simulate(task.values, task.seed)
    except Exception as fault:
        # A set of values with which the model breaks must not end the search.
        return Answer(task, None, " ".join(f"{type(fault).__name__}: {fault}".split()))
    missing = [name for name, value in levels.items() if not math.isfinite(value)]
    return Answer(task, None, f"undefined: {', '.join(missing)}") if missing else Answer(task, levels)


_simulate: Simulate | None = None


def _end_with(parent: Any) -> None:
    """End this worker when its coordinator is gone: it would wait for work for ever."""
    parent.join()
    os._exit(1)


def _start(content: bytes) -> None:
    global _simulate
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    _simulate = pickle.loads(content)


def _work(task: Task) -> Answer:
    assert _simulate is not None
    return _answer(_simulate, task)


class Runs:
    """Worker processes for one calibration; use it in a `with` statement.

    Parameters
    ----------
    simulate : what makes a run; it must be picklable for more than one job
    jobs : number of worker processes; one job stays in this process
    """

    def __init__(self, simulate: Simulate, jobs: int) -> None:
        self.simulate, self.jobs = simulate, jobs
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        if self.jobs > 1:
            limit_threads()
            content: Any = (pickle.dumps(self.simulate),)
            self._pool = ProcessPoolExecutor(self.jobs, get_context("spawn"), initializer=_start, initargs=content)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._pool is None:
            return
        if kind is not None:
            # Interrupted: the runs under way are given up at once.
            for process in list((self._pool._processes or {}).values()):
                process.terminate()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def answers(self, tasks: Sequence[Task]) -> Generator[Answer, None, None]:
        """Yield the answer of each task as it is ready, in any order."""
        if self._pool is None:
            for task in tasks:
                yield _answer(self.simulate, task)
            return
        pending: set[Future[Answer]] = {self._pool.submit(_work, task) for task in tasks}
        while pending:
            done, pending = wait(pending, return_when=FIRST_COMPLETED)
            for future in done:
                try:
                    yield future.result()
                except BrokenProcessPool as fault:
                    told = "a worker process ended early; what is done is kept, go on with --resume"
                    raise WorkerError(told) from fault

"""Worker processes: each makes one run at a time, and its end is blamed on the run that it was making.

Nothing heavy is imported here: a worker imports this module before numpy, and so with the number of threads
of its linear algebra already set, on which the last bits of a product depend.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import pickle
import signal
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import cache
from multiprocessing import get_context, parent_process
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulation.errors import YanzhenError

if TYPE_CHECKING:
    from simulation import RunResult
    from simulation.scenario import Scenario

    RunFunction = Callable[..., RunResult]

THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)
"""Environment variables that limit the threads of linear algebra; read once, when numpy is imported."""

TRIES = 3
"""How often a run is begun before the deaths of its workers are taken for its own fault."""

STARTS = 10
"""How often in a row a worker may end while it starts, killed by somebody perhaps, before the sweep gives up."""

DIED = "a worker process ended early (out of memory, or killed from outside)"


@dataclass(frozen=True)
class Replication:
    """One run that is to be made.

    Parameters
    ----------
    position : its place in the experiment, from 0
    scenario_index : which of the experiment's scenarios it starts from
    seed : seed of the run
    changes : parts of that scenario that the run replaces, by field
    point : number of its design point; None outside designs
    factors : values of the varied factors, by dotted path, as the results tell them
    """

    position: int
    scenario_index: int
    seed: int
    changes: Mapping[str, Any] = field(default_factory=dict)
    point: int | None = None
    factors: Mapping[str, Any] = field(default_factory=dict)


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
    traceback: str | None = None
    tries: int = 1
    point: int | None = None
    factors: Mapping[str, Any] = field(default_factory=dict)
    fingerprint: bytes | None = None


@dataclass(frozen=True)
class Setting:
    """What all runs of an experiment have in common, as the workers need it.

    Parameters
    ----------
    scenarios : loaded scenarios
    run : makes a run of (scenario, seed, micro, micro_every)
    micro, micro_every : tables of agents to keep, and quarters between two snapshots
    outcomes : names of the outcomes to keep; all when empty
    quarters : quarters to keep; all when empty
    plugins : files that declare policies of the user
    """

    scenarios: Sequence[Scenario]
    run: RunFunction
    micro: Sequence[str] = ()
    micro_every: int = 1
    outcomes: Sequence[str] = ()
    quarters: Sequence[int] = ()
    plugins: Sequence[str] = ()

    def scenario(self, replication: Replication) -> Scenario:
        """Return the scenario of a run: one of the experiment's, with the changes of its design point."""
        base = self.scenarios[replication.scenario_index]
        return altered(base, replication.changes) if replication.changes else base

    def finished(self, replication: Replication, **values: Any) -> FinishedRun:
        """Return the record of a run that is over."""
        name = self.scenarios[replication.scenario_index].name
        known = {"position": replication.position, "scenario": name, "seed": replication.seed}
        design = {"point": replication.point, "factors": replication.factors}
        return FinishedRun(**{"run_id": "", "seconds": 0.0, "result": None, "error": None, **known, **design, **values})

    def make(self, replication: Replication) -> FinishedRun:
        """Make a run; one that fails is told with its reason, and does not end the others."""
        started = time.perf_counter()
        values: dict[str, Any] = {}
        try:
            scenario = self.scenario(replication)
            values["run_id"] = run_id(scenario.digest, replication.seed)
            result = self.run(scenario, replication.seed, self.micro, self.micro_every)
            values["fingerprint"] = _fingerprint(result)
            values["result"] = self._kept(result)
        except Exception as fault:
            values["error"] = one_line(fault)
            values["traceback"] = traceback.format_exc()
        return self.finished(replication, seconds=time.perf_counter() - started, **values)

    def _kept(self, result: RunResult) -> RunResult:
        """Return a result with the wanted outcomes and quarters only."""
        if self.quarters:
            result.outcomes = result.outcomes[result.outcomes.index.isin(self.quarters)]
        if self.outcomes:
            result.outcomes = result.outcomes[["date", *self.outcomes]]
        return result


def _fingerprint(result: RunResult) -> bytes | None:
    """Return a hash of all numbers of a run: replicates in which it is the same are none."""
    outcomes = getattr(result, "outcomes", None)
    if outcomes is None:
        return None
    numbers = outcomes.select_dtypes("number").to_numpy(float)
    return hashlib.blake2b(numbers.tobytes(), digest_size=16).digest()


def altered(base: Scenario, changes: Mapping[str, Any]) -> Scenario:
    """Return a scenario with some of its parts replaced; parameters that are not named stay.

    Parameters
    ----------
    base : loaded scenario
    changes : fields of a scenario; `parameters` holds the groups that change
    """
    changes = dict(changes)
    if "parameters" in changes:
        changes["parameters"] = {**base.parameters, **changes["parameters"]}
    scenario = replace(base, **changes)
    if "region" not in changes:
        # The region is the same object: hashing its maps again would cost more than all else here.
        scenario.__dict__["_region_digest"] = base._region_digest
    return scenario


def one_line(fault: BaseException) -> str:
    """Return what an exception says, in one line."""
    return " ".join(f"{type(fault).__name__}: {fault}".split())


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


@cache
def model_digest() -> str:
    """Return the SHA-256 of the model's source code: runs of two different models must not be mixed."""
    import simulation

    root = Path(simulation.__file__).parent
    digest = hashlib.sha256()
    for file in sorted(root.rglob("*.py")):
        digest.update(f"{file.relative_to(root).as_posix()}\0".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


@contextmanager
def threads_limited() -> Iterator[None]:
    """Let linear algebra use one thread in the processes that are started meanwhile."""
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


_setting: Setting | None = None


def _end_with(parent: Any) -> None:
    """End this worker when its coordinator is gone: it would wait for work for ever."""
    parent.join()
    os._exit(1)


def _prepare(content: bytes, model: str, plugins: Sequence[str]) -> None:
    """Make a fresh worker ready for runs; what goes wrong here is no run's fault."""
    global _setting
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    if model_digest() != model:
        raise YanzhenError("the model's source code here differs from the one that the experiment began with")
    if plugins:
        from simulation.policies import load_plugin

        for file in plugins:
            load_plugin(file)
    _setting = pickle.loads(content)


def _run_in_worker(replication: Replication) -> FinishedRun:
    assert _setting is not None
    return _setting.make(replication)


def hold_interrupts() -> None:
    """Keep Ctrl-C from this thread and the processes that it starts: the coordinator alone answers it."""
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})


class StoppedError(Exception):
    """The experiment was given up while a run was being made."""


class Slot:
    """A place for one worker process, which is replaced when it dies or a run in it takes too long.

    Parameters
    ----------
    setting : what all runs have in common
    content : the setting, pickled
    model : digest of the model's source code that the worker must have
    time_limit : seconds that a run may take; None for no limit
    """

    def __init__(self, setting: Setting, content: bytes, model: str, time_limit: float | None = None) -> None:
        self._setting, self._content, self._model, self.time_limit = setting, content, model, time_limit
        self._pool: ProcessPoolExecutor | None = None
        self._lock = threading.Lock()
        self._closed = False

    def __call__(self, replication: Replication) -> FinishedRun:
        """Make a run in the worker process of this slot.

        Raises
        ------
        StoppedError
            The slot was closed.
        YanzhenError
            No worker process can be started.
        """
        for tries in range(1, TRIES + 1):
            pool = self._ready()
            try:
                finished = pool.submit(_run_in_worker, replication).result(timeout=self.time_limit)
                return finished if tries == 1 else replace(finished, tries=tries)
            except TimeoutError:
                self._end(pool)
                message = f"took longer than the time limit of {self.time_limit:g} s"
                seconds = float(self.time_limit or 0.0)
                return self._lost(replication, message, tries=tries, seconds=seconds)
            except BrokenProcessPool:
                self._end(pool)
            except Exception as fault:
                # Closed by another thread, which the next turn tells; or a result that cannot be sent back.
                if not self._closed:
                    return self._lost(replication, one_line(fault), tries=tries)
        return self._lost(replication, f"{DIED}, {TRIES} times", tries=TRIES)

    def _lost(self, replication: Replication, error: str, **values: Any) -> FinishedRun:
        identity = ""
        with suppress(Exception):
            identity = run_id(self._setting.scenario(replication).digest, replication.seed)
        return self._setting.finished(replication, run_id=identity, error=error, **values)

    def _ready(self) -> ProcessPoolExecutor:
        """Return the pool of this slot, its worker prepared."""
        for _ in range(STARTS):
            with self._lock:
                if self._closed:
                    raise StoppedError
                if self._pool is not None:
                    return self._pool
                pool = self._pool = ProcessPoolExecutor(1, mp_context=get_context("spawn"))
                ready: Future[None] = pool.submit(_prepare, self._content, self._model, self._setting.plugins)
            try:
                ready.result()
                return pool
            except BrokenProcessPool:
                self._end(pool)
            except Exception as fault:
                self._end(pool)
                told = str(fault) if isinstance(fault, YanzhenError) else one_line(fault)
                raise YanzhenError(f"worker processes cannot make runs: {told}") from fault
        raise YanzhenError(f"worker processes do not start: {STARTS} in a row ended at once")

    def _end(self, pool: ProcessPoolExecutor) -> None:
        """Kill the worker of a pool that is of no more use; of two threads that want to, one does."""
        with self._lock:
            if self._pool is not pool:
                return
            self._pool = None
        for process in list((pool._processes or {}).values()):
            process.kill()
        pool.shutdown(wait=True, cancel_futures=True)

    def rest(self) -> None:
        """End the worker process; the next run starts another."""
        with self._lock:
            pool = self._pool
        if pool is not None:
            self._end(pool)

    def close(self) -> None:
        """End the worker process, at once and for good."""
        with self._lock:
            self._closed = True
            pool = self._pool
        if pool is not None:
            self._end(pool)


def allow_children() -> None:
    """Let this process start worker processes even if whoever started it marked it as a daemon, as dask does."""
    if multiprocessing.current_process().daemon:
        multiprocessing.current_process()._config["daemon"] = False  # type: ignore[attr-defined]

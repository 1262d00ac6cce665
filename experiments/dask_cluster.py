"""Runs on a dask cluster: its workers make them in the same kind of process as this machine would.

A dask worker keeps one slot for each of its threads, so that time limits, deaths and the number of threads of
linear algebra are as on one machine, and so are the results.
"""

from __future__ import annotations

import os
import pickle
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from functools import partial
from queue import SimpleQueue
from typing import Any

from experiments.engine import Crew
from experiments.workers import (
    THREAD_VARIABLES,
    FinishedRun,
    Replication,
    Setting,
    Slot,
    allow_children,
    model_digest,
    one_line,
)
from simulation.errors import YanzhenError

try:
    import distributed
except ImportError as missing:
    raise YanzhenError(
        'the engine dask://... needs the package distributed; install it with pip install "yanzhen[dask]"'
    ) from missing

CONNECT_SECONDS = 10.0
WITHOUT_WORKERS_SECONDS = 60.0
IDLE_SECONDS = 30.0
COUNT_EVERY = 2.0

_groups: dict[str, _Group] = {}
"""Slots of this dask worker, by experiment."""


class _Group:
    """The slots of one experiment on one dask worker."""

    def __init__(self, content: bytes, model: str, time_limit: float | None, size: int) -> None:
        setting = pickle.loads(content)
        self.slots = [Slot(setting, content, model, time_limit) for _ in range(size)]
        self.free: SimpleQueue[Slot] = SimpleQueue()
        for slot in self.slots:
            self.free.put(slot)
        self.busy = 0
        self.lock = threading.Lock()
        self.timer: threading.Timer | None = None

    def make(self, replication: Replication) -> FinishedRun:
        with self.lock:
            self.busy += 1
            if self.timer is not None:
                self.timer.cancel()
        slot = self.free.get()
        try:
            return slot(replication)
        finally:
            self.free.put(slot)
            with self.lock:
                self.busy -= 1
                self.timer = threading.Timer(IDLE_SECONDS, self._rest)
                self.timer.daemon = True
                self.timer.start()

    def _rest(self) -> None:
        """End idle processes: whoever sent the runs may be gone without a word."""
        with self.lock:
            if not self.busy:
                for slot in self.slots:
                    slot.rest()

    def close(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
        for slot in self.slots:
            slot.close()


class SlotsPlugin(distributed.WorkerPlugin):
    """Gives every dask worker, also those that join later, the slots of an experiment."""

    def __init__(self, token: str, content: bytes, model: str, time_limit: float | None) -> None:
        self.token, self.content, self.model, self.time_limit = token, content, model, time_limit
        self.name = token

    def setup(self, worker: Any) -> None:
        """Make the slots; their processes start with the first run."""
        os.environ.update(dict.fromkeys(THREAD_VARIABLES, "1"))
        allow_children()
        _groups[self.token] = _Group(self.content, self.model, self.time_limit, worker.state.nthreads)

    def teardown(self, worker: Any) -> None:
        """End the processes."""
        group = _groups.pop(self.token, None)
        if group is not None:
            group.close()


def _make_on_cluster(token: str, replication: Replication) -> FinishedRun:
    return _groups[token].make(replication)


class _Watch:
    """Knows how many threads the cluster has, and when it has had none for too long."""

    def __init__(self, client: Any, engine: str) -> None:
        self.client, self.engine = client, engine
        self.threads, self.counted, self.seen = 0, 0.0, time.monotonic()

    def count(self) -> int:
        now = time.monotonic()
        if now - self.counted > COUNT_EVERY:
            try:
                self.threads = sum(self.client.nthreads().values())
            except (OSError, TypeError, TimeoutError, CancelledError, distributed.comm.CommClosedError):
                self.threads = 0
            self.counted = now
            if self.threads:
                self.seen = now
        return max(self.threads, 1)

    def look(self) -> None:
        self.count()
        if time.monotonic() - self.seen > WITHOUT_WORKERS_SECONDS:
            raise YanzhenError(f"{self.engine}: no worker has been there for {WITHOUT_WORKERS_SECONDS:g} s")


@contextmanager
def dask_crew(engine: str, setting: Setting, jobs: int | None, time_limit: float | None) -> Iterator[Crew]:
    """Offer the workers of a dask cluster.

    Parameters
    ----------
    engine : "dask://host:port" of the scheduler
    setting : what all runs have in common
    jobs : how many runs to hand over at a time; by default two for each thread of the cluster
    time_limit : seconds that a run may take

    Raises
    ------
    YanzhenError
        The scheduler does not answer.
    """
    address = "tcp://" + engine.removeprefix("dask://")
    try:
        client = distributed.Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as fault:
        raise YanzhenError(f"{engine}: no dask scheduler answers there ({one_line(fault)})") from fault
    token = f"yanzhen-{uuid.uuid4().hex}"
    watch = _Watch(client, engine)
    try:
        client.register_plugin(SlotsPlugin(token, pickle.dumps(setting), model_digest(), time_limit))
        executor = client.get_executor(pure=False)

        def lost(replication: Replication, fault: Exception) -> FinishedRun:
            if isinstance(fault, distributed.KilledWorker):
                return setting.finished(replication, error=f"the dask workers that made it ended, {one_line(fault)}")
            if isinstance(fault, YanzhenError):
                raise fault
            raise YanzhenError(f"{engine}: the cluster is gone ({one_line(fault)})") from fault

        window = (lambda: jobs) if jobs else (lambda: 2 * watch.count())
        yield Crew(executor, partial(_make_on_cluster, token), window, watch.look, lost)
    finally:
        with suppress(Exception):
            executor.shutdown(wait=False)
        with suppress(Exception):
            client.sync(client.unregister_worker_plugin, name=token, callback_timeout=2)
        with suppress(Exception):
            client.close(timeout=2)

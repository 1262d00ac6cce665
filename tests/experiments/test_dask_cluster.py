"""Runs on a real dask cluster: a scheduler and two workers in processes of their own, on loopback."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import short_runs

from experiments import engine, sweeps
from experiments.store import ResultFolder
from simulation.errors import YanzhenError

distributed = pytest.importorskip("distributed")
pytestmark = pytest.mark.filterwarnings("default")

RUNS = 40


def started(words, text, log):
    """Start a dask command and wait until it says that it is there."""
    here = [str(Path(__file__).parents[2]), str(Path(__file__).parent)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(here)}
    environment |= {short_runs.LOG: str(log), short_runs.SECONDS: "0.02"}
    command = [sys.executable, "-m", "distributed.cli." + words[0], *words[1:]]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment)
    for line in process.stderr:
        if text in line:
            return process, line.split()[-1]
    raise RuntimeError(f"{words} ended")


@pytest.fixture
def cluster(tmp_path):
    """Address of a scheduler with two workers of one thread each, the workers' processes, and the log of runs."""
    log = tmp_path / "log"
    small = ["--no-dashboard", "--host", "127.0.0.1"]
    scheduler, address = started(["dask_scheduler", *small, "--port", "0"], "Scheduler at:", log)
    options = ["--nthreads", "1", "--no-nanny", "--no-dashboard", "--host", "127.0.0.1", "--death-timeout", "60"]
    workers = []
    try:
        for name in ("one", "two"):
            words = ["dask_worker", address, *options, "--name", name, "--local-directory", str(tmp_path / name)]
            workers.append(started(words, "Registered to:", log)[0])
        yield address.replace("tcp://", "dask://"), workers, log
    finally:
        for process in [*workers, scheduler]:
            process.kill()
            process.wait()
            process.stderr.close()


def test_a_sweep_on_a_cluster_that_loses_a_worker_ends_as_on_this_machine(cluster, tmp_path, monkeypatch):
    address, workers, log = cluster
    plan = short_runs.ShortPlan(RUNS)
    monkeypatch.setenv(short_runs.SECONDS, "0")
    folder = short_runs.folder_for(plan, tmp_path / "cluster")
    setting = engine.Setting(plan.bases, short_runs.run)
    for done, run in enumerate(engine.drive(plan.replications(), setting, engine=address), start=1):
        folder.add(run)
        if done == RUNS // 4:
            workers[0].send_signal(signal.SIGKILL)
    assert folder.finish("done") == "done"
    begun = log.read_text().split()
    assert len(begun) <= RUNS + 2
    sweeps.make(plan, short_runs.folder_for(plan, tmp_path / "here"), jobs=1, run=short_runs.run)
    here, there = (ResultFolder.open(tmp_path / name) for name in ("here", "cluster"))
    assert there.outcomes().equals(here.outcomes())
    assert there.manifest["parts"] == here.manifest["parts"]


def test_a_scheduler_that_is_not_there_is_told_in_one_line(monkeypatch):
    from experiments import dask_cluster

    monkeypatch.setattr(dask_cluster, "CONNECT_SECONDS", 0.5)
    plan = short_runs.ShortPlan(1)
    runs = engine.drive(plan.replications(), engine.Setting(plan.bases, short_runs.run), engine="dask://127.0.0.1:9")
    with pytest.raises(YanzhenError, match=r"dask://127.0.0.1:9: no dask scheduler answers there") as fault:
        next(runs)
    assert "\n" not in str(fault.value)

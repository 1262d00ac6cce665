"""Demography of firms: who closes, who enters and where, who moves, and who holds an incubator place."""

from simulation.processes.demography.process import PARAMETERS, READS, WRITES, step

__all__ = ["PARAMETERS", "READS", "WRITES", "step"]

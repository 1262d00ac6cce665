"""Migration: candidates come or not, residents age, retire, move house, leave, or stay and work outside."""

from simulation.processes.migration.process import PARAMETERS, READS, WRITES, step

__all__ = ["PARAMETERS", "READS", "WRITES", "step"]

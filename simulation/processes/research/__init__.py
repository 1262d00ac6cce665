"""Research: R&D budgets, knowledge with spillovers, inventions and patents, projects; institutes spend too."""

from simulation.processes.research.process import PARAMETERS, READS, WRITES, step

__all__ = ["PARAMETERS", "READS", "WRITES", "step"]

"""Production: demand along the industry chain becomes sales, costs, taxes, profit, investment and dividends."""

from simulation.processes.production.process import PARAMETERS, READS, WRITES, step

__all__ = ["PARAMETERS", "READS", "WRITES", "step"]

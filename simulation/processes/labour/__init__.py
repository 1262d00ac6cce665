"""Labour market: quits, layoffs, vacancies, matching on a ring of places, and segment wages."""

from simulation.processes.labour.process import PARAMETERS, READS, WRITES, step

__all__ = ["PARAMETERS", "READS", "WRITES", "step"]

"""Credit market: banks ration loans to firms by expected loss; firms renew, roll over or default."""

from simulation.processes.credit.process import PARAMETERS, READS, WRITES, step

__all__ = ["PARAMETERS", "READS", "WRITES", "step"]

"""Transfer: institutes' results meet firms; contracts, consortia, spin-off candidates, technology services."""

from simulation.processes.transfer.process import PARAMETERS, READS, WRITES, step

__all__ = ["PARAMETERS", "READS", "WRITES", "step"]

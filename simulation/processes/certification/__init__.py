"""Certification: firms climb the ladder by their own doing, hold certificates for three years, and lose them."""

from simulation.processes.certification.process import PARAMETERS, READS, WRITES, step

__all__ = ["PARAMETERS", "READS", "WRITES", "step"]

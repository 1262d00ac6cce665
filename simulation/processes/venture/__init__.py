"""Venture capital: funds are raised, find firms, hold stakes and sell them; returns are heavy-tailed."""

from simulation.processes.venture.process import PARAMETERS, READS, WRITES, step

__all__ = ["PARAMETERS", "READS", "WRITES", "step"]

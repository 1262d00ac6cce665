"""Figures of a comparison beyond trajectories, differences and effects; `catalogue.py` names them all."""

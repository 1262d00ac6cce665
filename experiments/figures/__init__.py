"""Figures of a comparison; `catalogue.py` names them all."""

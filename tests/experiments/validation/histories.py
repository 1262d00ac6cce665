"""Histories made by hand, for measures with a known answer."""

import numpy as np

from experiments.validation.observation import MOVING, History


def history(quarters=8, firms=4, *, fixed=None, columns=None, events=None, series=None, segments=None, cells=None,
            institutes=()):  # fmt: skip
    """Return a history of `firms` firms with keys 1, 2, ..., all alive and with one million of everything."""
    every = {name: np.ones((quarters, firms)) for name in (*MOVING, "researchers", "employment", "ratio")}
    keys, homes = zip(*institutes, strict=True) if institutes else ((), ())
    return History(
        quarters=np.arange(8, 8 + quarters),
        firm_key=np.arange(1, firms + 1),
        fixed={name: np.zeros(firms, dtype=np.int64) for name in ("industry", "born", "origin")} | (fixed or {}),
        firms=every | (columns or {}),
        events=events or {},
        series=series or {},
        segments=segments or {},
        cells=cells or {},
        institute_key=np.array(keys, dtype=np.int64),
        institute_cell=np.array(homes, dtype=np.int64),
    )

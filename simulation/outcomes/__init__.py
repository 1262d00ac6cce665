"""Outcomes by topic; importing a topic registers its outcomes."""

from __future__ import annotations

import importlib
import pkgutil


def load() -> None:
    """Import every topic, so that all outcomes are registered."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")

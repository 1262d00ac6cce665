"""Policies, one file each; importing a file registers its policy."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import pkgutil
import sys
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path

from simulation.errors import Problem, ScenarioError


@cache
def load() -> None:
    """Import every bundled policy, and those that installed packages offer as `yanzhen.plugins`."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    for entry in entry_points(group="yanzhen.plugins"):
        entry.load()


@cache
def load_plugin(file: str) -> str:
    """Import policies and outcomes from a person's own file.

    Parameters
    ----------
    file : path of a Python file

    Returns
    -------
    str, the SHA-256 of the file, for the manifest

    Raises
    ------
    ScenarioError
        The file cannot be read or does not import.
    """
    path = Path(file)
    try:
        content = path.read_bytes()
        spec = importlib.util.spec_from_file_location(f"yanzhen_plugin_{path.stem}", path)
        if spec is None or spec.loader is None:
            raise ImportError("not a Python file")
        # Known by name, so that its policies can be pickled for worker processes.
        sys.modules[spec.name] = module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    except Exception as error:  # a person's file may fail in any way; tell them how, in one line
        raise ScenarioError(Problem(f"plugin cannot be loaded: {type(error).__name__}: {error}", path)) from error
    return hashlib.sha256(content).hexdigest()

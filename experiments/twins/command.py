"""`yanzhen why DIR KEY`: one agent of a comparison in both worlds."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiments.comparison import load_scenarios
from experiments.folders import ResultFolderError
from experiments.labels import language
from experiments.plots import save, set_theme
from experiments.replication import Extent, Worlds
from experiments.store import ResultFolder
from experiments.twins.figures import twin_figure
from experiments.twins.history import TwinHistory, twin_history
from experiments.twins.words import why_text
from simulation.errors import ScenarioError, nearest_name

if TYPE_CHECKING:
    from simulation.scenario import Scenario


def why(options: Namespace) -> tuple[dict[str, Any], str]:
    """Tell the history of an agent of a comparison, and draw it.

    Parameters
    ----------
    options : folder, key, scenario, seed, jobs, lang

    Returns
    -------
    the answer for JSON, and as text

    Raises
    ------
    ResultFolderError
        It is not the folder of a comparison whose scenarios are as they were.
    ScenarioError
        The scenario or the seed is not of the comparison, or nobody has the key.
    """
    path = Path(options.folder)
    manifest = ResultFolder.open(path).manifest
    scenarios, plugins = _scenarios(path, manifest)
    baseline = manifest["design"]["baseline"]
    others = [name for name in scenarios if name != baseline]
    name = others[0] if options.scenario is None else options.scenario
    if name not in others:
        hint = nearest_name(name, others)
        raise ScenarioError(f"--scenario {name}: not compared with {baseline} in {path}{hint} ({', '.join(others)})")
    seeds = manifest["seeds"]
    seed = seeds[0] if options.seed is None else options.seed
    if seed not in seeds:
        raise ScenarioError(f"--seed {seed}: not a seed of {path} ({seeds[0]} to {seeds[-1]})")
    if not options.quiet:
        print(f"{baseline} and {name} with seed {seed} are run again to follow {options.key}", file=sys.stderr)
    worlds = Worlds(scenarios, baseline, Extent.of(manifest.get("experiment") or {}))
    drawn = {world: worlds.draw(scenarios[world], seed) for world in (baseline, name)}
    history = twin_history(drawn, baseline, name, seed, options.key, jobs=options.jobs, plugins=plugins)
    titles = {world: scenarios[world].title for world in (baseline, name)}
    lang = language(options.lang)
    set_theme()
    files = save(twin_figure(history, titles, lang=lang), path / "figures")
    figures = [str(file) for file in files if file.suffix != ".csv"]
    text = f"{why_text(history, titles, lang)}\n\n{figures[0]}"
    return {"folder": str(path), **answer(history), "figures": figures}, text


def _scenarios(path: Path, manifest: Mapping[str, Any]) -> tuple[dict[str, Scenario], tuple[str, ...]]:
    """Return the scenarios of a comparison, loaded again, and its plugins."""
    asked = manifest.get("experiment")
    if manifest["design"].get("kind") != "compare" or len(manifest["scenarios"]) < 2:
        raise ResultFolderError(f"{path}: not a comparison of scenarios, so its agents have no twins")
    if not asked:
        # Written from Python, where scenarios may be objects: bundled names can be found again, others cannot.
        known = next(iter(manifest["scenarios"].values()))["resolved"]
        rebates = manifest["design"].get("rebates", {}).values()
        names = [name for name in manifest["scenarios"] if name not in rebates]
        sizes = {name: known[name] for name in ("quarters", "scale")}
        asked = {"scenarios": names, "plugins": manifest["plugins"], **sizes}
    plugins = tuple(str(plugin) for plugin in asked["plugins"])
    options = {name: asked.get(name) for name in ("set", "region", "quarters", "scale")}
    scenarios = load_scenarios(asked["scenarios"], **options, plugins=plugins)
    for name, scenario in scenarios.items():
        if scenario.digest != manifest["scenarios"][name]["sha256"]:
            raise ResultFolderError(f"{path}: scenario {name} has changed since; its worlds cannot be made again")
    return scenarios, plugins


def answer(history: TwinHistory) -> dict[str, Any]:
    """Return a history as it goes into JSON."""

    def rows(touches: Any) -> list[dict[str, Any]]:
        return [{**touch, "date": history.dates.get(touch["quarter"])} for touch in touches.to_dict("records")]

    first = None
    if history.first is not None:
        changed = {name: {"baseline": one, "policy": other} for name, (one, other) in history.changed.items()}
        first = {"quarter": history.first, "date": history.dates.get(history.first), "columns": changed}
    channel = history.channel if first is not None and not len(history.causes) else None
    worlds = {"baseline": history.before, "policy": history.after}
    return {
        "key": history.key, "table": history.table, "seed": history.seed, "baseline": history.baseline,
        "scenario": history.scenario, "first_difference": first, "made_by": rows(history.causes),
        "through": None if channel is None else {"en": channel.en, "zh": channel.zh}, "touches": rows(history.touches),
        "history": {name: states.reset_index().to_dict("records") for name, states in worlds.items()},
    }  # fmt: skip

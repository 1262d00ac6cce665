"""Every figure of a comparison by name, with its title; drawn on its own or all that a folder has data for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from experiments.figures.availability import NotAvailableError
from experiments.figures.comparison import differences, effect_forest, trajectories
from experiments.figures.costs import budgets, cost_plane
from experiments.figures.futures import regret_map
from experiments.figures.gains import gains
from experiments.figures.maps import change_map
from experiments.labels import Language
from experiments.plots import Drawing, save, set_theme
from experiments.results import Results
from experiments.twins.figures import yuan_sankey
from simulation.errors import ScenarioError, nearest_name
from simulation.parameters import Label


def yuan_figures(results: Results, *, lang: Language) -> list[Drawing]:
    """Draw where one public yuan of each scenario went.

    Raises
    ------
    NotAvailableError
        If the folder does not tell, or no scenario has paid anything.
    """
    table = results.tables.get("yuan")
    if table is None or table.empty:
        raise NotAvailableError(Label("payments were not followed (--twins)", "未追踪资金流向（--twins）"))
    return [
        yuan_sankey(rows, results.titles[str(scenario)], lang=lang)
        for scenario, rows in table.groupby("scenario", sort=False)
    ]


class FigureKind(NamedTuple):
    """A figure that can be drawn from results."""

    title: Label
    draw: Callable[..., Drawing | Sequence[Drawing]]


FIGURES: Mapping[str, FigureKind] = {
    "effects": FigureKind(
        Label("Effects at the end", "期末效应"), lambda results, lang: effect_forest(results.study, lang=lang)
    ),
    "trajectories": FigureKind(
        Label("Outcomes over time", "指标走势"), lambda results, lang: trajectories(results.study, lang=lang)
    ),
    "differences": FigureKind(
        Label("Difference to the baseline over time", "与基线之差的走势"),
        lambda results, lang: differences(results.study, lang=lang),
    ),
    "cost_plane": FigureKind(Label("Effects and what they cost", "效应与花费"), cost_plane),
    "budgets": FigureKind(Label("Budgets and pools", "预算与资金池"), budgets),
    "gains": FigureKind(Label("Who gains", "谁受益"), gains),
    "one_yuan": FigureKind(Label("Where one public yuan went", "一元钱去哪了"), yuan_figures),
    "change_map": FigureKind(Label("Where it changes", "变化地图"), change_map),
    "regret": FigureKind(Label("Regret over futures", "不同未来下的遗憾值"), regret_map),
}
def kind_of(figure: str) -> str:
    """Return under which name of `FIGURES` a figure was drawn: some are drawn once for each scenario."""
    return next((name for name in FIGURES if figure == name or figure.startswith(f"{name}_")), figure)


def check_names(names: Sequence[str]) -> list[str]:
    """Return wanted names of figures, each once.

    Raises
    ------
    ScenarioError
        A name is not known; the nearest one is told.
    """
    for name in names:
        if name not in FIGURES:
            hint = nearest_name(name, FIGURES)
            raise ScenarioError(f'--figure: unknown "{name}"{hint} (any of {", ".join(FIGURES)})')
    return list(dict.fromkeys(names))


def draw_figures(
    results: Results,
    folder: Path,
    *,
    lang: Language,
    names: Sequence[str] = (),
    kinds: Sequence[str] = ("png", "svg", "csv"),
) -> tuple[list[Path], dict[str, Label]]:
    """Draw and save figures.

    Parameters
    ----------
    results : of a comparison
    folder : where the files go
    lang : language of the labels
    names : figures wanted; by default all for which there are data
    kinds : endings of the files to write

    Returns
    -------
    paths of all files written, and for each figure that cannot be drawn the reason
    """
    set_theme()
    paths: list[Path] = []
    lacking: dict[str, Label] = {}
    for name in check_names(names) or FIGURES:
        try:
            drawn = FIGURES[name].draw(results, lang=lang)
        except NotAvailableError as fault:
            lacking[name] = fault.reason
        else:
            drawings = [drawn] if isinstance(drawn, Drawing) else drawn
            paths += [path for drawing in drawings for path in save(drawing, folder, kinds)]
    return paths, lacking

"""`yanzhen plot`, `report` and `brief`: what people get from a finished comparison."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from experiments.answers import DONE, print_json, tell
from experiments.figures.catalogue import check_names, draw_figures
from experiments.figures.futures import regret_figures
from experiments.folders import ResultFolderError
from experiments.labels import Language, label_text, language, phrase
from experiments.plots import save, set_theme
from experiments.report.page import write_report
from experiments.results import read_results, results_of
from experiments.store import ResultFolder

if TYPE_CHECKING:
    from experiments.comparison import Study
    from simulation.parameters import Label

REPORT = "report.html"


def write_all(study: Study, lang: Language) -> tuple[list[Path], Path]:
    """Draw the figures of a comparison just made and write its report.

    The text is in both languages; the figures are those just drawn, so that this takes no time. `yanzhen report`
    draws them in both.

    Parameters
    ----------
    study : with a folder, and at least one pair of finished runs
    lang : language of the figures, and of the report when it is opened

    Returns
    -------
    paths of the figures' files, and of the report
    """
    assert study.folder is not None
    results = results_of(study)
    paths, lacking = draw_figures(results, study.folder / "figures", lang=lang)
    ready: dict[Language, list[Path]] = {"en": paths, "zh": paths}
    path = write_report(results, study.folder / REPORT, lang="both", shown=lang, ready=ready, lacking=lacking)
    return paths, path


def plot(options: Namespace) -> int:
    """Draw the figures of a finished comparison again, all or chosen ones."""
    lang = language(options.lang)
    names, folder = check_names(options.figure), Path(options.folder)
    paths, lacking = _sweep_figures(folder, names, lang) if _is_sweep(folder) else _figures(folder, names, lang)
    told = {name: label_text(reason, lang) for name, reason in lacking.items()}
    shown = [str(path) for path in paths if path.suffix != ".csv"]
    if options.json:
        print_json({"figures": shown, "not_drawn": told})
    elif not options.quiet:
        print("\n".join(shown))
        for name, reason in told.items():
            print(f"{phrase('not drawn', '未绘制', lang)}: {name}: {reason}")
    return DONE


def _figures(folder: Path, names: list[str], lang: Language) -> tuple[list[Path], dict[str, Label]]:
    return draw_figures(read_results(folder), folder / "figures", lang=lang, names=names)


def _is_sweep(folder: Path) -> bool:
    """Return whether a folder is of a sweep whose regrets are known; they have a figure too."""
    manifest = ResultFolder.open(folder).manifest
    return (manifest.get("design") or {}).get("kind") == "sweep" and (folder / "regret.parquet").is_file()


def _sweep_figures(folder: Path, names: list[str], lang: Language) -> tuple[list[Path], dict[str, Label]]:
    other = [name for name in names if name != "regret"]
    if other:
        raise ResultFolderError(f"{folder}: is a sweep; of the figures it has regret only, not {', '.join(other)}")
    set_theme()
    drawings = regret_figures(folder, ResultFolder.open(folder).manifest, lang)
    return [path for drawing in drawings for path in save(drawing, folder / "figures")], {}


def report(options: Namespace) -> int:
    """Write the report; in both languages unless one is asked for."""
    lang: Language = options.lang or "both"
    results = read_results(options.folder)
    path = write_report(results, options.out or Path(options.folder) / REPORT, lang=lang, shown=_first(lang))
    return tell(options, {"report": str(path)}, str(path))


def brief(options: Namespace) -> int:
    """Write the brief in the formats asked for; in Chinese unless English is asked for."""
    from experiments.report.office import write_brief

    lang = language(options.lang)
    paths = write_brief(read_results(options.folder), Path(options.folder), options.format, lang=lang)
    shown = [str(path) for path in paths]
    return tell(options, {"brief": shown}, "\n".join(shown))


def _first(lang: Language) -> Language | None:
    """Return the language that a page in both shows first: that of the reader."""
    own = language(None)
    return own if lang == "both" and own != "both" else None

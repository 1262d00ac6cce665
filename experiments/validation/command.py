"""The command `yanzhen validate`: runs, scorecard, files and what is printed."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from experiments.labels import Language, language, phrase
from experiments.provenance import command_line
from experiments.store import ResultFolder
from experiments.validation.scorecard import counts, observed_runs, scorecard, scorecard_table, worlds

if TYPE_CHECKING:
    from simulation.scenario import Scenario

DEFAULT_RUNS = 50
NAME = "validate"


def validate(
    scenario: Scenario,
    *,
    runs: int = DEFAULT_RUNS,
    seed: int = 0,
    jobs: int | None = None,
    out: Path | str = Path("results") / NAME,
    force: bool = False,
    plugins: Sequence[str] = (),
    lang: Language = "en",
    progress: bool = False,
) -> tuple[pd.DataFrame, ResultFolder]:
    """Measure the stylised facts on runs of a scenario, and write scorecard, statistics and figure.

    Parameters
    ----------
    scenario : what is validated, usually the baseline
    runs, seed : number of seeds and the first
    jobs : worker processes; by default one for each core
    out, force : result folder, and whether results in it may be replaced
    plugins : files of the user that the scenario needs
    lang : language of the figure
    progress : show runs done and time left on standard error

    Returns
    -------
    scorecard : see `experiments.validation.scorecard.scorecard`
    folder : what was written
    """
    scenarios, seeds = worlds(scenario), range(seed, seed + runs)
    design = {"kind": NAME, "runs": runs, "scenario": scenario.name}
    folder = ResultFolder.create(
        out, command=command_line(), scenarios=scenarios, seeds=seeds, design=design, plugins=plugins, force=force
    )
    kept, done = [pd.DataFrame(columns=["world", "seed", "figure", "value"])], 0
    status = "interrupted"
    try:
        for run, rows in observed_runs(scenarios, seeds, jobs=jobs, plugins=plugins, progress=progress):
            folder.add(run)
            kept.append(rows)
            done += run.error is None
        status = "done" if done == len(scenarios) * runs else "failed"
    except KeyboardInterrupt:
        total = len(scenarios) * runs
        raise KeyboardInterrupt(f"interrupted: {done} of {total} runs are done and kept in {folder.path}") from None
    finally:
        statistics = pd.concat(kept[1:] or kept, ignore_index=True)
        statistics = statistics.sort_values(["world", "seed", "figure"], ignore_index=True)
        folder.finish(status)
        folder.write_table("statistics.parquet", statistics)
    card = scorecard(statistics)
    folder.write_table("scorecard.parquet", card)
    card.to_csv(folder.path / "scorecard.csv", index=False)

    from experiments.plots import save, set_theme
    from experiments.validation.figure import scorecard_figure

    set_theme()
    save(scorecard_figure(card, lang=lang, runs=runs), folder.path / "figures")
    return card, folder


def answer(card: pd.DataFrame, folder: ResultFolder) -> dict[str, Any]:
    """Return the scorecard as nested facts and measures, for `--json`."""
    passed, firm, counted = counts(card)
    facts = []
    for code, rows in card.groupby("fact", sort=False):
        first = rows.iloc[0]
        columns = ["measure", "measure_label", "measure_label_zh", "world", "n", "median", "low", "high",
                   "band_low", "band_high", "in_band", "verdict"]  # fmt: skip
        facts.append(
            {
                "fact": code, "kind": first["kind"], "label": first["label"], "label_zh": first["label_zh"],
                "verdict": first["fact_verdict"], "source": first["source"], "shares": first["shares"],
                "measures": rows[columns].to_dict("records"),
            }
        )  # fmt: skip
    return {
        "folder": str(folder.path),
        "passed": passed,
        "passed_firmly": firm,
        "counted": counted,
        "facts": facts,
        "runs": folder.manifest["runs"],
    }


def run_command(
    options: Namespace, scenario_options: Mapping[str, Any]
) -> tuple[dict[str, Any], str, list[dict[str, Any]]]:
    """Return what `yanzhen validate` answers: as data, as text, and the runs that failed.

    Parameters
    ----------
    options : as read from the command line
    scenario_options : what the scenario is loaded with
    """
    from experiments.comparison import load_scenarios

    [scenario] = load_scenarios(["baseline"], **scenario_options).values()
    lang, runs = language(options.lang), options.runs or DEFAULT_RUNS
    card, folder = validate(
        scenario,
        runs=runs,
        seed=options.seed,
        jobs=options.jobs,
        out=Path(options.out) if options.out else Path("results") / NAME,
        force=options.force,
        plugins=options.plugin,
        lang=lang,
        progress=not options.quiet,
    )
    text = f"{scorecard_table(card, lang, runs=runs)}\n\n{phrase('Results', '结果', lang)}: {folder.path}"
    failed = [entry for entry in folder.manifest["runs"] if entry["status"] == "failed"]
    return answer(card, folder), text, failed

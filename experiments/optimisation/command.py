"""`yanzhen optimise`: a declared search made, taken up, checked and told."""

from __future__ import annotations

import hashlib
import json
from argparse import Namespace
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiments.declaration import Declaration, from_data
from experiments.labels import Language, known_outcomes, language, number_text, phrase, shown_unit
from experiments.optimisation.search import MixSearch, optimise
from experiments.plan import Plan, label_of, plan_of, planned
from experiments.provenance import command_line
from experiments.resuming import interrupted, refuse_others, take_up
from experiments.store import ResultFolder
from experiments.tables import text_table
from simulation.errors import nearest_name
from simulation.parameters import describe
from simulation.policy import POLICIES

if TYPE_CHECKING:
    import pandas as pd

TOP = 10
"""Mixes that the table shows."""


def search_of(plan: Plan) -> MixSearch:
    """Return the search that an experiment declares, checked throughout.

    Raises
    ------
    ScenarioError
        Every fault found, each with file and line.
    """
    declaration, experiment = plan.declaration, plan.experiment
    faults = list(_faults(declaration))
    if declaration.optimise is None or faults:
        raise experiment.error(faults or [("optimise", "is missing: yanzhen optimise needs [optimise]")])
    search = MixSearch(plan)
    if not search.start < search.base.quarters:
        raise experiment.error([("optimise.start", f"{declaration.optimise.start} is after the end of the run")])
    for name in search.names:
        found: list[tuple[str, str]] = []
        search.changes({name: 1.0}, search.first_money, found)
        faults += [(f"optimise.policies.{name}", f"{path}: {message}") for path, message in found]
    if faults:
        raise experiment.error(faults)
    return search


def _faults(declaration: Declaration) -> Iterator[tuple[str, str]]:
    from simulation import outcomes
    from simulation.outcome import OUTCOMES

    outcomes.load()
    said = declaration.optimise
    if said is None:
        return
    if len(declaration.scenarios) != 1 or declaration.levers or declaration.uncertainties or declaration.dial:
        yield "optimise", "goes with one scenario and no levers, uncertainties or dial"
    if not declaration.objectives:
        yield "optimise", "needs [[objectives]], each with an outcome and a direction"
    for place, one in enumerate(declaration.objectives):
        if one.outcome not in OUTCOMES:
            hint = nearest_name(one.outcome, OUTCOMES)
            yield f"objectives.{place}.outcome", f"there is no outcome {one.outcome}{hint}"
    if said.sampler == "cmaes" and (len(said.policies) < 2 or len(declaration.objectives) > 1):
        yield "optimise.sampler", "cmaes needs one objective and two policies or more; nsga2 is for several objectives"
    if said.sampler == "tpe" and len(declaration.objectives) > 1:
        yield "optimise.sampler", "tpe is for one objective here; nsga2 is for several"
    for name, table in said.policies.items():
        key = f"optimise.policies.{name}"
        if name not in POLICIES:
            yield key, f"there is no policy {name}{nearest_name(name, POLICIES)} (known: {', '.join(sorted(POLICIES))})"
            continue
        money = [doc.name for doc in describe(POLICIES[name]) if "million CNY" in doc.unit and doc.name != "budget"]
        for part, value in table.items():
            if part != "most" and part not in money:
                hint = nearest_name(part, ["most", *money])
                yield f"{key}.{part}", f"is neither most nor an amount of money of {name}{hint} (known: most, " \
                                       f"{', '.join(money)})"  # fmt: skip
            elif value < 0 or (part == "most" and value > 1):
                yield f"{key}.{part}", f"{value} must be {'from 0 to 1' if part == 'most' else '0 or more'}"
    if sum(float(table.get("most", 1.0)) for table in said.policies.values()) < 1.0 - 1e-9:
        yield "optimise.policies", "the largest shares (most) add up to less than 1"


def search_from(manifest_entry: Mapping[str, Any]) -> MixSearch:
    """Return the search that a manifest keeps."""
    data = {key: value for key, value in manifest_entry.items() if key not in ("kind", "name")}
    return search_of(planned(from_data(manifest_entry["name"], data)))


def digest_of(search: MixSearch) -> str:
    """Return the SHA-256 of all that the proposals and the runs of a search depend on."""
    told: dict[str, Any] = {"optimise": search.said.model_dump()}
    told["objectives"] = [one.model_dump() for one in search.objectives]
    told |= {"seeds": search.plan.seeds, "base": search.base.digest, "kept": search.kept}
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()


def command(options: Namespace) -> tuple[dict[str, Any], str, int]:
    """Search for the best mixes of an experiment; return the answer as data and as text, and how many runs failed."""
    from experiments.sweeps import given_in

    search = search_of(plan_of(options.experiment, given_in(options), options.plugin))
    plan = search.plan
    folder = ResultFolder.create(
        Path(options.out) if options.out else Path("results") / plan.experiment.name,
        command=command_line(),
        scenarios={plan.bases[0].name: plan.bases[0]},
        seeds=plan.seeds,
        design={"kind": "optimise", "points": search.said.trials, "sha256": digest_of(search)},
        plugins=plan.plugins,
        force=options.force,
        total=len(search),
        experiment={"kind": "optimise", "name": plan.experiment.name, **plan.declared()},
    )
    return _finish(options, search, folder)


def resume(options: Namespace, path: Path, manifest: Mapping[str, Any]) -> tuple[dict[str, Any], str, int]:
    """Go on with a search where it stopped."""
    search = search_from(manifest["experiment"])
    refuse_others(path, manifest, search.plan.bases, options.force, digest_of(search))
    return _finish(options, search, take_up(options, path))


def _finish(options: Namespace, search: MixSearch, folder: ResultFolder) -> tuple[dict[str, Any], str, int]:
    from experiments.optimisation.figures import draw

    lang = language(options.lang)
    try:
        optimise(search, folder, jobs=options.jobs, engine_name=options.engine, progress=not options.quiet)
    except KeyboardInterrupt:
        raise interrupted(folder.path, len(search)) from None
    table = search.table
    for one in search.candidates:
        if table.loc[one.number, "best"]:
            file = folder.path / "mixes" / f"mix_{one.number:03d}.toml"
            file.parent.mkdir(exist_ok=True)
            file.write_text(search.scenario(one).to_toml(), encoding="utf-8")
    figures = [str(path) for path in draw(search, folder.path / "figures", lang=lang) if path.suffix != ".csv"]
    failed = sum(entry["status"] == "failed" for entry in folder.manifest["runs"])
    answer = {"folder": str(folder.path), "status": folder.manifest["status"], "failed": failed, "figures": figures}
    best = table[table["best"]].to_dict("records")
    return {**answer, "best": best, "feasible": int(table["feasible"].sum())}, told(search, folder, lang), failed


def told(search: MixSearch, folder: ResultFolder, lang: Language) -> str:
    """Return the best mixes as text: shares, what they paid, and their effects."""
    table, label = search.table, label_of(search.plan)
    outlay, feasible = search.said.outlay, int(table["feasible"].sum())
    first = search.objectives[0]
    order = table[table["best"]].sort_values(first.outcome, ascending=first.direction == "minimise").head(TOP)
    head = phrase(
        f"{label.en}: {len(table)} mixes of {outlay:g} million CNY, {feasible} of which paid that within "
        f"{search.said.tolerance:.0%}; {len(search.plan.seeds)} seeds",
        f"{label.zh}：总支出 {outlay / 100:g} 亿元，共尝试 {len(table)} 种组合，其中 {feasible} 种实际支出偏差在 "
        f"{search.said.tolerance:.0%} 以内；{len(search.plan.seeds)} 个种子",
        lang,
        separator="\n",
    )
    if order.empty:
        none = phrase("No mix paid the outlay: see candidates.parquet.", "没有组合的实际支出与总额相符。", lang)
        return f"{head}\n\n{none}\n\n{_where(folder, lang)}"
    luck = phrase(
        "The best of many is best by luck too: run it again with other seeds, e.g.",
        "多中选优含有运气成分，请用其他种子复核，例如",
        lang,
    )
    mix = folder.path / "mixes" / f"mix_{int(order.index[0]):03d}.toml"
    again = f"yanzhen compare {search.plan.declaration.scenarios[0]} {mix} --seed 1000"
    return "\n\n".join([head, _best_table(search, order, lang), f"{luck} {again}", _where(folder, lang)])


def _best_table(search: MixSearch, rows: pd.DataFrame, lang: Language) -> str:
    outcomes = known_outcomes([one.outcome for one in search.objectives])
    header = [phrase("mix", "组合", lang)]
    header += [phrase(*POLICIES[name].label, lang) for name in search.names]
    header += [phrase("paid", "实际支出", lang)]
    units = {}
    for name, outcome in outcomes.items():
        units[name] = shown_unit(outcome, lang, size=float(rows[name].abs().max()), difference=True)
        header.append(f"{phrase(*outcome.label, lang)} ({units[name].unit})")
    cells = []
    for place, row in rows.iterrows():
        shares = [f"{row[f'share_{name}']:.0%}" for name in search.names]
        effects = []
        for name in outcomes:
            parts = [number_text(row[part] * units[name].factor, sign=True, digits=3)
                     for part in (name, f"{name}_low", f"{name}_high")]  # fmt: skip
            effects.append(f"{parts[0]} [{parts[1]}, {parts[2]}]")
        cells.append([str(place), *shares, f"{row['paid']:,.0f}", *effects])
    return text_table(header, cells, right=range(1, len(header)))


def _where(folder: ResultFolder, lang: Language) -> str:
    return f"{phrase('Results and figures', '结果与图', lang)}: {folder.path}"


def size_told(search: MixSearch) -> str:
    """Return how many runs a search has, and why."""
    seeds, rounds = len(search.plan.seeds), search.rounds
    return f"{len(search):,} runs: ({search.said.trials} mixes x {rounds} rounds + the baseline) x {seeds} seeds"

"""Experiment files: what is varied, how, how often, and what is kept. Every fault is told at once, with its line."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from experiments.designs import KINDS
from simulation.errors import Problem, ScenarioError, nearest_name
from simulation.scenario_files import OPTION, Layer, Sheet, overlaid, read_layer

Number = int | float
Text = str
Kind = Literal["grid", "oat", "list", "lhs", "sobol", "morris", "saltelli"]
NAMES_OF_KINDS = {
    "full_factorial": "grid",
    "factorial": "grid",
    "one_at_a_time": "oat",
    "latin_hypercube": "lhs",
    "explicit": "list",
}
OWN_KEYS = frozenset(
    ("scenarios", "design", "levers", "uncertainties", "points", "dial", "reference", "keep", "optimise", "objectives")
)
"""Keys that tell an experiment file from a scenario file."""


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True, allow_inf_nan=False)


class Factor(_Table):
    """One thing that is varied, over a range or over listed values."""

    vary: Text
    """Dotted path of a parameter (policies.risk_pool.loss_share, stresses.demand.loss, parameters.credit.markup), a
    date (policies.risk_pool.start), a policy or stress to switch (policies.risk_pool, stresses.demand), many numbers
    at once (parameters.*, parameters.credit.*), "scenario", "region", "quarters", "dial" or "dial.start"."""
    label: Text = ""
    """Name in figures, English."""
    label_zh: Text = ""
    """Name in figures, Chinese."""
    low: Number | Text | None = None
    """Lower end of the range; by default the lowest value that the parameter allows."""
    high: Number | Text | None = None
    """Upper end of the range; by default the highest value that the parameter allows."""
    within: Annotated[float, Field(gt=0, le=1)] | None = None
    """Share of the scenario's own value by which the range reaches to both sides, as far as that is allowed."""
    only: list[Text] = []
    """Which of many numbers at once are varied, by dotted path; all when empty."""
    leave_out: list[Text] = []
    """What of many numbers at once is left as it is, such as parameters.financing.*."""
    values: list[Any] | None = None
    """The values themselves, in place of a range."""
    levels: Annotated[int, Field(ge=2, le=1000)] | None = None
    """How many values of the range a grid or a one-at-a-time design takes."""
    scale: Literal["linear", "log"] = "linear"
    """How a range is divided."""


class Sampling(_Table):
    """How the points of a design are chosen."""

    kind: Kind = "grid"
    """grid, oat (one at a time), list (the points written in the file), lhs, sobol, morris or saltelli."""
    points: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    """Points of lhs and sobol, trajectories of morris, base sample of saltelli."""
    seed: Annotated[int, Field(ge=0)] = 0
    """Seed of the design; the seeds of the runs are others."""
    levels: Annotated[int, Field(ge=2, le=100)] | None = None
    """Levels of a grid's, an oat's or a Morris design's factors that do not say their own."""
    second_order: bool = False
    """Whether saltelli makes the points for second-order indices too."""


class Design(Sampling):
    """One design for all factors, or one each for levers and uncertainties, which are then crossed."""

    levers: Sampling | None = None
    """Design of the levers alone."""
    uncertainties: Sampling | None = None
    """Design of the uncertainties alone; every lever point meets all of them."""


class Group(_Table):
    """A group of policies that shares its part of the budget by weight."""

    label: Text = ""
    """Name in the figure, English."""
    label_zh: Text = ""
    """Name in the figure, Chinese."""
    policies: dict[str, Number | dict[str, Number]]
    """Weight of each policy; or a table with `weight` and, for other amounts of money of the policy, how many
    times its yearly budget they are."""


class Dial(_Table):
    """A fixed budget that a dial from 0 to 1 divides between two groups of policies."""

    budget: Annotated[float, Field(gt=0, le=1e6)]
    """Money of both groups together, million CNY a year."""
    start: Text | int = "2023Q1"
    """First quarter in which the money is divided."""
    one: Group
    """Policies whose share of the budget is the dial."""
    zero: Group
    """Policies that get the rest."""
    before: Group | None = None
    """Policies that get the whole budget until the division starts."""


class Objective(_Table):
    """An outcome by which mixes or scenarios are judged, at the end of the run."""

    outcome: Text
    """Name of the outcome."""
    direction: Literal["maximise", "minimise"] = "maximise"
    """Whether more of it or less of it is wanted."""


class Optimise(_Table):
    """A search for the division of a fixed outlay between policies."""

    outlay: Annotated[float, Field(gt=0, le=1e8)]
    """Money that a mix pays from its start to the end of the run, million CNY."""
    start: Text | int = "2023Q1"
    """First quarter of the policies."""
    policies: Annotated[dict[str, dict[str, Number]], Field(min_length=1)]
    """Policies that share the outlay, each with a table: `most`, the largest share it may get, and for other amounts
    of money of the policy how many times its yearly budget they are."""
    trials: Annotated[int, Field(ge=1, le=100_000)] = 40
    """Mixes that are tried, each with every seed."""
    batch: Annotated[int, Field(ge=1, le=1000)] = 8
    """Mixes that are proposed at a time, from all before them; the population of cmaes and nsga2."""
    sampler: Literal["tpe", "cmaes", "nsga2"] | None = None
    """How mixes are proposed: tpe or cmaes for one objective (tpe by default), nsga2 for several."""
    seed: Annotated[int, Field(ge=0)] = 0
    """Seed of the search; the seeds of the runs are others."""
    corrections: Annotated[int, Field(ge=0, le=5)] = 1
    """How often the budgets of a mix are scaled, and its runs made again, so that what it pays meets the outlay."""
    tolerance: Annotated[float, Field(gt=0, le=1)] = 0.05
    """Share of the outlay by which what is paid may differ for a mix to count as feasible."""


class Keep(_Table):
    """Which of the outcomes and quarters are written."""

    outcomes: list[Text] = []
    """Names of outcomes; all when empty."""
    quarters: list[Text | int] = []
    """Quarters such as "2030Q4"; all when empty."""
    yearly: bool = False
    """Keep the last quarter of each year only."""


class Declaration(_Table):
    """An experiment: scenarios, factors and their design, replicates, and what is kept."""

    title: Text = ""
    """Title, English."""
    title_zh: Text = ""
    """Title, Chinese."""
    description: Text = ""
    """What it asks, English."""
    description_zh: Text = ""
    """What it asks, Chinese."""
    extends: Text | None = None
    """Experiment that this one changes: bundled name or path."""
    scenarios: Annotated[list[Text], Field(min_length=1)] = ["baseline"]
    """Scenarios that every point of the design is applied to: bundled names or paths."""
    reference: Text | None = None
    """Scenario that is run beside them with the same seeds and no factor varied; effects are told against it."""
    region: Text | None = None
    """Region in place of the scenarios' own."""
    quarters: int | None = None
    """Length of a run, the 8 quarters of burn-in included."""
    scale: float | None = None
    """Size of the district; 1 is the district at full size."""
    runs: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    """Replicates of every point."""
    seed: Annotated[int, Field(ge=0)] = 0
    """First seed; the replicates of all points have the same seeds."""
    seeds: Annotated[list[Annotated[int, Field(ge=0)]], Field(min_length=1)] | None = None
    """Seeds one by one, in place of `runs` and `seed`."""
    set: dict[str, Any] = {}
    """Values that hold in every run, by dotted path."""
    plugins: list[Text] = []
    """Python files that declare policies, beside this file."""
    design: Design = Design()
    """How the points are chosen."""
    levers: list[Factor] = []
    """Factors that somebody can decide on."""
    uncertainties: list[Factor] = []
    """Factors that nobody can decide on."""
    points: list[dict[str, Any]] = []
    """Points of a list design: values by dotted path; what a point leaves out stays as it is."""
    dial: Dial | None = None
    """A budget divided between two groups of policies; vary "dial" with it."""
    objectives: list[Objective] = []
    """Outcomes by which mixes (optimise) or scenarios (regret) are judged."""
    optimise: Optimise | None = None
    """A fixed outlay divided between policies; for yanzhen optimise."""
    keep: Keep = Keep()
    """What is written."""
    micro: list[Text] = []
    """Tables of agents that are written too."""
    micro_every: Annotated[int, Field(ge=1)] = 1
    """Quarters between two snapshots of those tables."""
    time_limit: Annotated[float, Field(gt=0)] | None = None
    """Seconds that a run may take."""


class ExperimentFile:
    """A declaration as read, which knows the file and line of each of its keys.

    Parameters
    ----------
    name : short name, as in result folders
    declaration : what the file says
    sheet : values with the layer that each was written in
    """

    def __init__(self, name: str, declaration: Declaration, sheet: Sheet) -> None:
        self.name, self.declaration, self.sheet = name, declaration, sheet

    def beside(self, key: str, value: str) -> str:
        """Return a path written in the file, from where we are; what is not found beside the file stays as it is."""
        file = self.sheet.layer(key).file
        path = file.parent / value if isinstance(file, Path) else Path(value)
        return str(path) if path.exists() else value

    def error(self, faults: Mapping[str, str] | list[tuple[str, str]]) -> ScenarioError:
        """Return faults at dotted keys as one error, each with its file and line."""
        pairs = faults.items() if isinstance(faults, Mapping) else faults
        return ScenarioError([self.sheet.layer(key).problem(key, message) for key, message in pairs])


def experiment_folder() -> Path:
    """Return the folder of the bundled experiments."""
    return Path(str(resources.files("experiments") / "definitions"))


def experiment_names() -> list[str]:
    """Return the names of the bundled experiments."""
    return sorted(path.stem for path in experiment_folder().glob("*.toml"))


def is_experiment(name_or_path: str) -> bool:
    """Return whether a name or file is an experiment rather than a scenario."""
    if name_or_path in experiment_names():
        return True
    try:
        return bool(OWN_KEYS & read_layer(Path(name_or_path)).data.keys()) if Path(name_or_path).is_file() else False
    except ScenarioError:
        return False


def find_experiment(name_or_path: str, beside: Path | None = None) -> Path:
    """Return the file of a bundled experiment or of a path.

    Raises
    ------
    ScenarioError
        There is none; the nearest bundled name is told.
    """
    names = experiment_names()
    if name_or_path in names:
        return experiment_folder() / f"{name_or_path}.toml"
    path = Path(name_or_path) if beside is None else beside / name_or_path
    if path.is_file():
        return path
    if path.is_dir():
        raise ScenarioError(Problem("is a folder; give an experiment file (.toml) or a bundled name", path))
    known = f"bundled: {', '.join(names)}; or give the path of a .toml file"
    hint = nearest_name(Path(name_or_path).stem, names)
    raise ScenarioError(Problem(f'there is no experiment "{name_or_path}"{hint} ({known})'))


def read_experiment(name_or_path: str, given: Mapping[str, Any] | None = None) -> ExperimentFile:
    """Return an experiment from a bundled name or a file, checked key by key.

    Parameters
    ----------
    name_or_path : bundled name or path
    given : top-level values in place of the file's, as from options

    Raises
    ------
    ScenarioError
        Every fault found, each with file and line.
    """
    layers = _chain(find_experiment(name_or_path), ())
    given = {key: value for key, value in (given or {}).items() if value is not None}
    if "runs" in given or "seed" in given:
        given.setdefault("seeds", None)
    if given:
        layers.append(Layer(OPTION, given))
    return declared(Path(name_or_path).stem, layers)


def _chain(path: Path, above: tuple[Path, ...]) -> list[Layer]:
    layer = read_layer(path)
    base = layer.data.get("extends")
    if not isinstance(base, str):
        return [layer]
    try:
        file = find_experiment(base, beside=path.parent)
    except ScenarioError as error:
        raise ScenarioError([layer.problem("extends", fault.message) for fault in error.problems]) from error
    if file.resolve() in (*above, path.resolve()):
        raise ScenarioError(layer.problem("extends", f"goes in a circle: {path.name} -> {file.name}"))
    return [*_chain(file, (*above, path.resolve())), layer]


def from_data(name: str, data: Mapping[str, Any]) -> ExperimentFile:
    """Return an experiment from values, as a manifest keeps them."""
    sheet = Sheet(dict(data), {}, Layer(f"{name} (manifest)", dict(data)), [])
    return ExperimentFile(name, _validated(sheet), sheet)


def declared(name: str, layers: list[Layer]) -> ExperimentFile:
    """Return the experiment that layers of files and options say together."""
    sheet = overlaid(layers)
    for key in [key for key, value in sheet.data.items() if value is None]:
        del sheet.data[key]
    design = sheet.data.get("design")
    tables = [design, design.get("levers"), design.get("uncertainties")] if isinstance(design, dict) else []
    for table in tables:
        if isinstance(table, dict) and table.get("kind") in NAMES_OF_KINDS:
            table["kind"] = NAMES_OF_KINDS[table["kind"]]
    return ExperimentFile(name, _validated(sheet), sheet)


def _validated(sheet: Sheet) -> Declaration:
    try:
        declaration = Declaration.model_validate(sheet.data)
    except ValidationError as error:
        seen = set()
        for fault in error.errors():
            place = [part for part in fault["loc"] if not _is_branch(part)]
            key = ".".join(map(str, place))
            if key not in seen:
                seen.add(key)
                sheet.fault(key, _told(fault, place))
        raise ScenarioError(sheet.problems) from error
    if sheet.problems:
        raise ScenarioError(sheet.problems)
    return declaration


def _is_branch(part: Any) -> bool:
    """Return whether pydantic names an alternative of a type here rather than a key."""
    return isinstance(part, str) and (part in ("int", "float", "str", "bool") or "[" in part)


def _told(fault: Any, place: list[Any]) -> str:
    table = _table_of(place[:-1])
    known = table.model_fields if table is not None else {}
    if fault["type"] == "extra_forbidden":
        hint = nearest_name(str(place[-1]), known)
        return "unknown key" + (hint or f" (known: {', '.join(known)})")
    about = known.get(str(place[-1])) if place else None
    meaning = "" if about is None else f"; {' '.join((about.description or '').split()).rstrip('.')}"
    if fault["type"] == "missing":
        return f"is missing{meaning}"
    message = fault["msg"].removeprefix("Input ").removeprefix("should").strip()
    written = fault["input"]
    if fault["type"] == "literal_error" and isinstance(written, str) and place[-1] == "kind":
        hint = nearest_name(written, (*KINDS, *NAMES_OF_KINDS))
        return f'"{written}" must be one of {", ".join(KINDS)}{hint}{meaning}'
    return f"{written!r} must {message}{meaning}"


def _table_of(place: list[Any]) -> type[_Table] | None:
    """Return the class of the table at a place in the file."""
    tables: dict[str, type[_Table]] = {
        "design": Design, "levers": Factor, "uncertainties": Factor, "dial": Dial, "one": Group, "zero": Group,
        "before": Group, "keep": Keep, "objectives": Objective, "optimise": Optimise,
    }  # fmt: skip
    names = [part for part in place if isinstance(part, str)]
    if not names:
        return Declaration
    if names[0] == "design" and len(names) > 1:
        return Sampling
    return tables.get(names[-1])


def schema() -> dict[str, Any]:
    """Return the JSON schema of experiment files, for editors."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Declaration.model_json_schema(),
        "title": "Yanzhen experiment",
    }

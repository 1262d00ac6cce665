"""The `yanzhen` command: what people type, told apart and handed on.

Only the parser is here, and nothing heavy is imported, so that `--help` answers at once.
"""

from __future__ import annotations

import argparse
import difflib
import re
import sys
import tomllib
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from experiments.answers import BAD_INPUT, DONE, INTERRUPTED

MICRO_TABLES = ("firms", "talent", "institutes", "funds", "loans", "deals", "contracts", "consortia", "reached",
                "flows")
FORMATS = ("docx", "pptx", "xlsx")
EXPERIMENTS = ("E1", "E2", "E3", "E4")
LISTS = ("scenarios", "policies", "stresses", "outcomes", "parameters", "regions", "experiments")
FIRST_RESULT_QUARTER = 8


class _Parser(argparse.ArgumentParser):
    """A parser that tells a fault in one line, with the nearest name; options are written out in full."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"allow_abbrev": False, **kwargs})
        self._commands: dict[str, _Parser] = {}
        # So that "-5%" is taken for a value, and told what is wrong with it.
        self._negative_number_matcher = re.compile(r"^-\d+(\.\d+)?%?$|^-\.\d+%?$")

    def add_command(self, name: str, parser: _Parser) -> _Parser:
        """Remember the parser of a command, and return it."""
        self._commands[name] = parser
        return parser

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Return the options; one that is not known is told with the nearest that is."""
        found, unknown = self.parse_known_args(args, namespace)
        if unknown:
            own = self._commands.get(getattr(found, "command", ""), self)
            nearest = difflib.get_close_matches(unknown[0].partition("=")[0], own._option_string_actions, n=1)
            hint = f'; did you mean "{nearest[0]}"?' if nearest else ""
            own.error(f'unknown "{unknown[0]}"{hint}')
        return found

    def error(self, message: str) -> NoReturn:
        self.exit(BAD_INPUT, f"{self.prog}: {message} (see {self.prog} --help)\n")

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is not None and value not in action.choices:
            known = [str(choice) for choice in action.choices]
            nearest = difflib.get_close_matches(str(value), known, n=1, cutoff=0.5)
            hint = f'; did you mean "{nearest[0]}"?' if nearest else ""
            raise argparse.ArgumentError(action, f'unknown "{value}"{hint} (one of {", ".join(known)})')


def _whole(lowest: int, meaning: str, highest: int = 2**53) -> Callable[[str], int]:
    def parse(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = lowest - 1
        if not lowest <= value <= highest:
            allowed = f"of at least {lowest}" if value < lowest else f"up to {highest}"
            raise argparse.ArgumentTypeError(f'"{text}" is not allowed: {meaning}, a whole number {allowed}')
        return value

    return parse


def _scale(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f'"{text}" is not allowed: size of the district, a number above 0 (1 is 1:1)')
    return value


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f'"{text}" is not allowed: seconds that a run may take, a number above 0')
    return value


def _share(meaning: str, *, zero: bool = False) -> Callable[[str], float]:
    def parse(text: str) -> float:
        number, percent = text.strip().removesuffix("%"), text.strip().endswith("%")
        try:
            value = float(number) / (100.0 if percent else 1.0)
        except ValueError:
            value = -1.0
        if not (0.0 < value < 1.0 or (zero and value == 0.0)):
            span = "from 0" if zero else "above 0"
            raise argparse.ArgumentTypeError(f'"{text}" is not allowed: {meaning}, such as 5% ({span}, below 100%)')
        return value

    return parse


def _engine(text: str) -> str:
    host, colon, port = text.removeprefix("dask://").rpartition(":")
    if text != "local" and not (text.startswith("dask://") and host and colon and port.isdigit()):
        raise argparse.ArgumentTypeError(f'"{text}" is not allowed: local, or dask://HOST:PORT')
    return text


def _setting(text: str) -> tuple[str, Any]:
    """Return path and value of `--set a.b=0.6`; the value reads as TOML, else as a text."""
    path, equals, value = text.partition("=")
    path, value = path.strip(), value.strip()
    if not equals or not value or not all(path.split(".")):
        raise argparse.ArgumentTypeError(
            f'"{text}" is not of the form path=value, e.g. policies.risk_pool.loss_share=0.6'
        )
    try:
        return path, tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return path, value


def _experiments(text: str) -> list[str]:
    return _named(text, EXPERIMENTS, "experiment")


def _formats(text: str) -> list[str]:
    return _named(text, FORMATS, "format")


def _tables(text: str) -> list[str]:
    return _named(text, MICRO_TABLES, "table")


def _named(text: str, known: Sequence[str], kind: str) -> list[str]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in known:
            nearest = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
            hint = f'; did you mean "{nearest[0]}"?' if nearest else ""
            raise argparse.ArgumentTypeError(f'unknown {kind} "{name}"{hint} (any of {",".join(known)})')
    if not names:
        raise argparse.ArgumentTypeError(f"give at least one {kind} of {','.join(known)}")
    return list(dict.fromkeys(names))


def _shown_options() -> _Parser:
    options = _Parser(add_help=False)
    group = options.add_argument_group("what is shown")
    group.add_argument("--lang", choices=("en", "zh", "both"), help="language (else YANZHEN_LANG, else the locale)")
    group.add_argument("--json", action="store_true", help="the answer as one JSON object on standard output")
    group.add_argument("--quiet", action="store_true", help="no progress and no table")
    return options


def _source_options() -> _Parser:
    options = _Parser(add_help=False)
    group = options.add_argument_group("what is read")
    group.add_argument("--plugin", action="append", default=[], metavar="FILE.py", help="policies of your own")
    group.add_argument("--region", metavar="NAME|DIR", help="region in place of the scenario's own")
    return options


def _run_options(*, micro: bool = True) -> _Parser:
    options = _Parser(add_help=False)
    group = options.add_argument_group("the runs")
    group.add_argument("--runs", type=_whole(1, "number of runs"), metavar="N", help="seeds per scenario")
    group.add_argument("--seed", type=_whole(0, "first seed"), default=0, metavar="S", help="first seed (default 0)")
    group.add_argument(
        "--quarters",
        type=_whole(FIRST_RESULT_QUARTER + 1, "number of quarters, the 8 of burn-in included"),
        metavar="N",
        help="quarters in all, the 8 of burn-in included",
    )
    group.add_argument("--scale", type=_scale, metavar="X", help="size of the district (1 is 1:1)")
    group.add_argument(
        "--set",
        type=_setting,
        action="append",
        default=[],
        metavar="PATH=VALUE",
        help="any parameter (repeatable)",
    )
    _add_workers(group)
    group.add_argument("--time-limit", type=_seconds, metavar="S", help="seconds after which a run is given up")
    group = options.add_argument_group("what is written")
    group.add_argument("--out", metavar="DIR", help="result folder (default results/<name>)")
    group.add_argument("--force", action="store_true", help="replace the results in that folder")
    if not micro:
        options.set_defaults(micro=[], micro_every=1)
        return options
    group.add_argument(
        "--micro",
        type=_tables,
        default=[],
        metavar="TABLES",
        help=f"agents too: any of {','.join(MICRO_TABLES)}",
    )
    group.add_argument(
        "--micro-every", type=_whole(1, "quarters between snapshots"), default=1, metavar="K",
        help="quarters between two snapshots of agents (default 1)",
    )  # fmt: skip
    return options


def _extent_options() -> _Parser:
    options = _Parser(add_help=False)
    group = options.add_argument_group("how sure")
    group.add_argument("--until-precision", type=_share("a share of the effect"), metavar="5%",
                       help="add seeds until headline outcomes have 95 %% intervals that narrow")  # fmt: skip
    group.add_argument("--most-runs", type=_whole(1, "most seeds"), metavar="N",
                       help="seeds after which --until-precision gives up (default 100)")  # fmt: skip
    group.add_argument("--uncertainty", choices=("none", "calibration"), default="none", metavar="none|calibration",
                       help="draw uncertain parameters, one draw for each seed (default none)")  # fmt: skip
    return options


def _add_workers(group: Any) -> None:
    group.add_argument("--jobs", type=_whole(1, "number of worker processes"), metavar="N", help="worker processes")
    group.add_argument(
        "--engine", type=_engine, default="local", metavar="ENGINE", help="local (default), or dask://HOST:PORT"
    )


def _calibration_options(parser: _Parser) -> None:
    def add(name: str, text: str, **settings: Any) -> None:
        parser.add_argument(name, help=text, **settings)

    add("--region", "region with a targets.toml (default nanhu)", metavar="NAME|DIR")
    add("--trials", "sets that the search tries (default 400)", type=_whole(1, "number of sets"), metavar="N")
    add("--runs", "seeds of every set (default 4)", type=_whole(1, "number of seeds"), metavar="K")
    add("--draws", "sets drawn around the best (default 60)", type=_whole(0, "number of sets"), metavar="N")
    add("--seed", "first seed (default 0)", type=_whole(0, "first seed", 2**31), metavar="S")
    add("--scale", "size of the district (1 is 1:1)", type=_scale, metavar="X")
    add("--jobs", "worker processes", type=_whole(1, "number of worker processes"), metavar="N")
    add("--out", "folder (default results/calibrate-<region>)", metavar="DIR")
    add("--resume", "go on with what the folder holds; --trials may be more than before", action="store_true")
    add("--force", "replace the calibration in that folder", action="store_true")
    add("--write", "write the calibration file here too", metavar="FILE")
    add("--install", "write it into the region's folder: its defaults from then on", action="store_true")


def build_parser() -> _Parser:
    """Return the parser of the `yanzhen` command."""
    parser = _Parser(
        prog="yanzhen",
        description="Yanzhen 雁阵: what would a policy change in a district's innovation ecosystem?",
    )
    parser.add_argument("--version", action="version", version=_version())
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    shown, source, runs = _shown_options(), _source_options(), _run_options()

    def command(name: str, text: str, *parents: _Parser) -> _Parser:
        own = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".", parents=parents)
        return parser.add_command(name, own)

    demo = command(
        "demo",
        "baseline against risk_pool in about a minute: paired seeds, table, figures",
        runs,
        source,
        shown,
    )
    extent = _extent_options()
    run = command("run", "one scenario, one or more seeds", runs, extent, source, shown)
    run.add_argument("scenario", metavar="SCENARIO", help="bundled name or path")
    compare = command(
        "compare", "scenarios against the first, paired by seed: effects and figures", runs, extent, source, shown
    )
    compare.add_argument("scenarios", nargs="+", metavar="SCENARIO", help="bundled names or paths")
    compare.add_argument("--baseline", metavar="NAME", help="scenario to compare with (default: the first)")
    for watched in (demo, compare):
        watched.add_argument("--twins", action="store_true", help="also agent by agent: reached, additional, "
                             "displaced, who gains, where a yuan went")  # fmt: skip
    compare.add_argument("--rebate", action=argparse.BooleanOptionalAction, default=True,
                         help="run a rebate of the same yuan beside every policy (default: yes)")  # fmt: skip
    compare.add_argument("--interest", type=_share("yearly rate of net present costs", zero=True),
                         metavar="3%",
                         help="yearly rate of net present costs (default 3 %%)")  # fmt: skip
    evidence = command("evidence", "published policy effects E1 to E4: estimator and twins' truth", runs, source, shown)
    evidence.add_argument("--only", type=_experiments, default=list(EXPERIMENTS), metavar="E1,E3",
                          help=f"some of {','.join(EXPERIMENTS)}")  # fmt: skip
    command("validate", "stylised facts S1 to S24 against published bands: scorecard and figure",
            _run_options(micro=False), source, shown)  # fmt: skip
    _calibration_options(command("calibrate", "fit a region's free parameters to its levels; resumable", shown))
    listing = command("list", "what there is: " + ", ".join(LISTS), source, shown)
    listing.add_argument("what", choices=LISTS, metavar="WHAT", help=", ".join(LISTS))
    check = command("check", "validate scenario, experiment or region files", source, shown)
    check.add_argument("files", nargs="+", metavar="FILE", help="scenario, experiment or region, file or bundled name")
    new = command("new", "a commented scenario file to start from", source, shown)
    new.add_argument("file", metavar="FILE", help="file to write")
    new.add_argument("--from", dest="base", default="baseline", metavar="NAME", help="scenario to extend")
    new.add_argument("--with", dest="policies", nargs="+", action="extend", default=[], metavar="POLICY",
                     help="policies and stresses to switch on")  # fmt: skip
    new.add_argument("--force", action="store_true", help="replace the file")
    sweep = command("sweep", "a designed experiment: many points, each with the same seeds", runs, source, shown)
    sweep.add_argument("experiment", metavar="EXPERIMENT", help="experiment file, or a bundled name")
    search = command("optimise", "policy mix under a fixed outlay, for one or several outcomes; resumable",
                     _run_options(micro=False), source, shown)  # fmt: skip
    search.add_argument("experiment", metavar="EXPERIMENT", help="experiment file with [optimise], or a bundled name")
    resume = command("resume", "go on where an experiment stopped", shown)
    resume.add_argument("folder", metavar="DIR", help="result folder")
    _add_workers(resume)
    resume.add_argument("--failed", action="store_true", help="make runs that failed again")
    resume.add_argument("--force", action="store_true", help="go on though something changed or is damaged")
    why = command("why", "one agent in both worlds: history, first difference, and what made it", shown)
    why.add_argument("folder", metavar="DIR", help="result folder of a comparison")
    why.add_argument("key", type=_whole(0, "key of an agent"), metavar="KEY", help="key of a firm or a person")
    why.add_argument("--scenario", metavar="NAME", help="policy world (default: the first after the baseline)")
    why.add_argument("--seed", type=_whole(0, "seed"), metavar="S", help="seed of the pair (default: the first)")
    why.add_argument("--jobs", type=_whole(1, "number of worker processes"), metavar="N", help="worker processes")
    status = command("status", "what of an experiment is done, running and failed", shown)
    status.add_argument("folder", metavar="DIR", help="result folder")
    sensitive = command("sensitivity", "what a finished sweep's outcomes and effects depend on: indices, figure", shown)
    sensitive.add_argument("folder", metavar="DIR", help="folder of a sweep: morris, saltelli, or policies on and off")
    regret = command("regret", "what a choice costs in each future of a finished sweep, and where it fails", shown)
    regret.add_argument("folder", metavar="DIR", help="folder of a sweep of scenarios, with [[objectives]]")
    plot = command("plot", "the figures of a comparison again, all or chosen ones", shown)
    plot.add_argument("folder", metavar="DIR", help="result folder")
    plot.add_argument("--figure", nargs="+", action="extend", default=[], metavar="NAME", help="only these figures")
    report = command("report", "one HTML file that works offline: results, figures, cost, assumptions", shown)
    report.add_argument("folder", metavar="DIR", help="result folder")
    report.add_argument("--out", metavar="FILE", help="file to write (default DIR/report.html)")
    brief = command("brief", "a one-page brief, slides and a workbook (extra `office`)", shown)
    brief.add_argument("folder", metavar="DIR", help="result folder")
    brief.add_argument("--format", type=_formats, default=list(FORMATS), metavar="FORMATS",
                       help=f"any of {','.join(FORMATS)} (default all)")  # fmt: skip
    schema = command("schema", "JSON schema of scenario or experiment files, for editors", shown)
    schema.add_argument("what", choices=("scenario", "experiment"), metavar="WHAT", help="scenario or experiment")
    return parser


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return f"yanzhen {version('yanzhen')}"
    except PackageNotFoundError:
        return "yanzhen (not installed)"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code.

    Parameters
    ----------
    argv : what was typed after `yanzhen`; by default taken from the process

    Returns
    -------
    0 done, 1 some runs failed, 2 bad input, 130 interrupted
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # Chinese on a terminal that cannot show it becomes question marks, not an error.
            stream.reconfigure(errors="replace")
    try:
        options = build_parser().parse_args(argv)
    except SystemExit as ending:
        return int(ending.code or 0)
    from experiments.engine import limit_threads

    limit_threads()
    try:
        from experiments import commands
        from simulation.errors import YanzhenError
    except KeyboardInterrupt:
        return INTERRUPTED
    try:
        return commands.COMMANDS[options.command](options)
    except YanzhenError as fault:
        print(fault, file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt as interruption:
        print(str(interruption) or "interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has gone, e.g. `| head`.
        sys.stderr.close()
        return DONE


if __name__ == "__main__":
    sys.exit(main())

"""Going on where an experiment stopped: what is taken up, and what must not have changed since."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiments.folders import ResultFolderError
from experiments.holdings import runs_over
from experiments.provenance import PACKAGES, environment
from experiments.store import ResultFolder

if TYPE_CHECKING:
    from simulation.scenario import Scenario

MOST_TOLD = 12
NOT_IN_RUNS = ("matplotlib", "seaborn")
"""Packages that draw only: another version of them does not make another experiment."""


def take_up(options: Namespace, path: Path) -> ResultFolder:
    """Return a folder taken up as options say."""
    folder = ResultFolder.take_up(path, force=options.force)
    if options.failed:
        folder.forget_failed()
    return folder


def interrupted(path: Path, total: int) -> KeyboardInterrupt:
    """Return the interruption that tells what is kept and how to go on."""
    over = sum(runs_over(path).values())
    return KeyboardInterrupt(
        f"interrupted: {over} of {total} runs are done and kept in {path}; go on with: yanzhen resume {path}"
    )


def refuse_others(
    path: Path, manifest: Mapping[str, Any], bases: Sequence[Scenario], force: bool, digest: str | None = None
) -> None:
    """Refuse to go on with what has changed since, unless `force` is on."""
    differ = differences(manifest, bases, digest)
    if differ and not force:
        told = "\n".join(f"{path}: {line}" for line in differ)
        raise ResultFolderError(f"{told}\n{path}: its runs would not belong together; go on all the same with --force")


def differences(manifest: Mapping[str, Any], bases: Sequence[Scenario], digest: str | None = None) -> list[str]:
    """Return what has changed since a result folder was begun, one line each.

    Parameters
    ----------
    manifest : of the folder
    bases : its scenarios as they load now
    digest : of the plan as it is now
    """
    lines = []
    now = environment()
    for name in PACKAGES:
        before, after = manifest["packages"].get(name), now["packages"].get(name)
        if before != after and name not in NOT_IN_RUNS:
            lines.append(f"was made with {name} {before}, here is {after}")
    for key, label in (("python", "Python"), ("processor", "processor")):
        if manifest.get(key) != now[key]:
            lines.append(f"was made with {label} {manifest.get(key)}, here is {now[key]}")
    if manifest.get("model_sha256") != now["model_sha256"]:
        at = manifest.get("commit")
        lines.append("the model's source code has changed since" + (f" (it was made at commit {at})" if at else ""))
    known = {entry["sha256"] for entry in manifest["scenarios"].values()}
    resolved = {name.partition("@")[0]: entry["resolved"] for name, entry in manifest["scenarios"].items()}
    changed = False
    for base in bases:
        if base.digest not in known:
            changed = True
            lines += _changes_told(base.name, resolved.get(base.name, {}), base.resolved())
    if digest is not None and digest != manifest["design"].get("sha256") and not changed and not lines:
        lines.append("the design makes other points than it did, or a policy that it switches on has changed")
    return lines


def _changes_told(name: str, before: Any, after: Any) -> list[str]:
    from experiments.points import flat

    old, new = flat(before), flat(json.loads(json.dumps(after, default=str)))
    paths = [path for path in (*old, *(path for path in new if path not in old)) if old.get(path) != new.get(path)]
    lines = [f"scenario {name}: {path} was {old.get(path)}, is {new.get(path)}" for path in paths[:MOST_TOLD]]
    return lines or [f"scenario {name} has changed"]

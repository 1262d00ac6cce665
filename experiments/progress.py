"""How far an experiment is: `yanzhen status`."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from experiments.answers import DONE, print_json
from experiments.folders import is_being_written
from experiments.holdings import journal_of
from experiments.labels import language, phrase
from experiments.store import ResultFolder

MOST_TOLD = 12


def status(options: Namespace) -> int:
    """Tell what of an experiment is done, running and failed."""
    answer = state_of(Path(options.folder))
    if options.json:
        print_json(answer)
        return DONE
    lang = language(options.lang)
    words = {
        "running": ("running", "正在运行"),
        "stopped": ("stopped", "已停止"),
        "interrupted": ("interrupted", "已中断"),
        "done": ("done", "已完成"),
        "failed": ("done, some runs failed", "已完成，部分运行失败"),
    }
    en, zh = words.get(answer["status"], (answer["status"], answer["status"]))
    state = phrase(en, zh, lang)
    done, failed, total = answer["done"], answer["failed"], answer["total"]
    print(f"{options.folder}: {state}")
    text = phrase(
        f"{done} of {total} runs done, {failed} failed, {len(answer['running'])} in hand, {answer['left']} left",
        f"共 {total} 次运行：完成 {done}，失败 {failed}，进行中 {len(answer['running'])}，剩余 {answer['left']}",
        lang,
        separator="\n",
    )
    print(text)
    if answer["seconds_a_run"] is not None:
        mean = answer["seconds_a_run"]
        print(phrase(f"{mean:.2f} s a run on average", f"平均每次运行 {mean:.2f} 秒", lang))
    for line in answer["failures"][:MOST_TOLD]:
        print(f"failed: {line}")
    for line in answer["damage"]:
        print(line)
    if answer["resume"]:
        print(f"{phrase('Go on with', '继续运行', lang)}: {answer['resume']}")
    return DONE


def state_of(path: Path) -> dict[str, Any]:
    """Return what of an experiment is done, running, failed and damaged.

    Raises
    ------
    ResultFolderError
        It is not a result folder.
    """
    folder = ResultFolder.open(path)
    entries, in_hand, damage = journal_of(folder.path, folder.manifest)
    state = folder.manifest["status"]
    writing = is_being_written(path)
    if state == "running" and not writing:
        state, in_hand = "stopped", []
    total = folder.manifest.get("total", len(entries))
    failed = [entry for entry in entries if entry["status"] == "failed"]
    seconds = [entry["seconds"] for entry in entries if entry["status"] == "done"]
    left = total - len(entries) - len(in_hand)
    go_on = state in ("stopped", "interrupted") or (damage and not writing)
    force = " --force" if damage else ""
    return {
        "folder": str(path),
        "status": state,
        "total": total,
        "done": len(entries) - len(failed),
        "failed": len(failed),
        "running": in_hand,
        "left": left,
        "seconds_a_run": sum(seconds) / len(seconds) if seconds else None,
        "failures": [f"{run_told(entry)}: {entry['error']}" for entry in failed],
        "damage": [f"{name}: {fault}" for name, fault in damage.items()],
        "resume": f"yanzhen resume {path}{force}" if go_on else None,
    }


def run_told(entry: Mapping[str, Any]) -> str:
    """Return which run an entry of a manifest is of."""
    factors = ", ".join(f"{path} {value}" for path, value in (entry.get("factors") or {}).items())
    point = f" point {entry['point']} ({factors})" if entry.get("point") is not None and factors else ""
    return f"{entry['scenario']} seed {entry['seed']}{point}"

"""Write the stylised facts into the README and docs/validation.md from a folder of `yanzhen validate`.

Run with `python docs/generate_scorecard.py DIR`. Tables and picture are replaced; what is written around them is not.
"""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from experiments.validation.scorecard import band_text, scorecard_table, value_text  # noqa: E402

HEAD = "| | fact | measure | band | |\n|---|---|---|---|---|\n"


def row(measures: pd.DataFrame) -> str:
    """Return the README's row of a fact: its first measure judged, or the first that fails."""
    judged = measures[measures["verdict"] != "reported"]
    failed = judged[judged["verdict"] == "fail"]
    chosen = (failed if len(failed) else judged).iloc[0]
    before = chosen["measure_label"]
    if before.startswith("the same"):
        earlier = measures.loc[: chosen.name, "measure_label"]
        before = earlier[~earlier.str.startswith("the same")].iloc[-1] + before.removeprefix("the same")
    unit = " %" if chosen["percent"] else ""
    value, low, high = (value_text(chosen, part) + unit for part in ("median", "low", "high"))
    band = band_text(chosen["band_low"], chosen["band_high"], "en", percent=bool(chosen["percent"]))
    verdict = "**fail**" if chosen["fact_verdict"] == "fail" else chosen["fact_verdict"]
    return f"| {chosen['fact']} | {chosen['label']} | {before}: {value} [{low}, {high}] | {band} | {verdict} |"


def main(folder: Path) -> None:
    """Replace the tables and the picture."""
    card = pd.read_csv(folder / "scorecard.csv", keep_default_na=True)
    card["shares"] = card["shares"].fillna("")
    predictions = card[card["kind"] == "prediction"]
    table = HEAD + "".join(row(measures) + "\n" for _, measures in predictions.groupby("fact", sort=False))
    readme = ROOT / "README.md"
    text, n = re.subn(re.escape(HEAD) + r"(\| S\d+ .*\n)+", lambda _: table, readme.read_text(encoding="utf-8"))
    assert n == 1, "the README has no table of facts"
    readme.write_text(text, encoding="utf-8")
    page = ROOT / "docs" / "validation.md"
    block = "```\n" + scorecard_table(card, "en", runs=int(card["n"].max())).rstrip() + "\n```"
    text = page.read_text(encoding="utf-8")
    text, n = re.subn(r"```\nStylised facts: .*?\n```", lambda _: block, text, count=1, flags=re.DOTALL)
    assert n == 1, "docs/validation.md has no scorecard"
    page.write_text(text, encoding="utf-8")
    shutil.copyfile(folder / "figures" / "scorecard.png", ROOT / "docs" / "figures" / "scorecard.png")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))

"""What `yanzhen evidence` shows: the table of claims, the figure, and the verdict on each experiment."""

from __future__ import annotations

import math
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from experiments.evidence.claims import Claim, Figure, verdict_text
from experiments.evidence.figures import draw
from experiments.evidence.study import Evidence, study
from experiments.labels import Language, label_text, language, phrase
from experiments.tables import text_table

RUNS = 200


def run(options: Namespace) -> tuple[Evidence, dict[str, Any]]:
    """Run the evidence as asked; return it and the answer for `--json`."""
    lang = language(options.lang)
    evidence = study(
        range(options.seed, options.seed + (options.runs or RUNS)),
        Path(options.out) if options.out else Path("results") / "evidence",
        only=options.only, jobs=options.jobs, quarters=options.quarters, plugins=tuple(options.plugin),
        force=options.force, progress=not options.quiet, region=options.region, scale=options.scale,
        set=dict(options.set),
    )  # fmt: skip
    figures = draw(evidence, evidence.folder / "figures", lang) if evidence.claims else []
    answer = {
        "folder": str(evidence.folder),
        "runs": len(evidence.runs),
        "failed": int(evidence.runs["error"].notna().sum()),
        "verdicts": evidence.verdicts(),
        "claims": evidence.table.to_dict("records"),
        "figures": [str(path) for path in figures if path.suffix != ".csv"],
    }
    return evidence, answer


def figure_text(figure: Figure) -> str:
    """Return a figure and its interval in a few characters."""
    if not math.isfinite(figure.value):
        return "–"
    text = f"{figure.value:.3g}"
    if math.isfinite(figure.low):
        text += f" [{figure.low:.3g}, {figure.high:.3g}]"
    return text.replace("-", "−")


def band_text(claim: Claim) -> str:
    """Return the band of a claim."""
    if math.isinf(claim.low) and math.isinf(claim.high):
        return "–"
    if math.isinf(claim.high):
        return f"> {claim.low:g}"
    if math.isinf(claim.low):
        return f"< {claim.high:g}"
    return f"{claim.low:g}–{claim.high:g}"


def summary(evidence: Evidence, lang: Language) -> str:
    """Return the table of claims and a line for each experiment."""
    header = [
        "", phrase("claim", "论断", lang), phrase("published", "已发表", lang), phrase("band", "区间", lang),
        phrase("estimator [95 %]", "估计值 [95%]", lang), phrase("twin truth [95 %]", "双生真值 [95%]", lang), "",
    ]  # fmt: skip
    rows = [
        [
            claim.experiment + ("*" if claim.in_sample else ""), label_text(claim.label, lang), claim.published,
            band_text(claim), figure_text(claim.estimator), figure_text(claim.twin), verdict_text(claim, lang),
        ]
        for claim in evidence.claims
    ]  # fmt: skip
    verdicts: Mapping[str, bool] = evidence.verdicts()
    words = {True: phrase("pass", "通过", lang), False: phrase("fail", "未过", lang)}
    lines = [text_table(header, rows), "", "  ".join(f"{name}: {words[passed]}" for name, passed in verdicts.items())]
    lines.append(
        phrase(
            "? the interval reaches over the edge of the band; ( ) shown, not counted; * a parameter was once set with "
            "the figure in view.",
            "？区间跨越界限；（ ）仅列示，不计入；* 有参数曾参照该数值设定。",
            lang,
        )
    )
    return "\n".join(lines)

"""Which stylised facts hang on what the levels leave open: the scorecard in every set that fits nearly as well.

Run with `python benchmarks/facts_spread.py [--runs 6] [--jobs 2] [--region nanhu]`. For each set of values in the
spread of the region's `calibration.toml`, the fitted one first, `--runs` seeds of the baseline and of the world in
which certificates save no tax. A fact holds in a set if the medians of all its measures lie in their bands. Prints
the facts that fail somewhere, with the share of sets in which they hold and the measures that fail, and what rises
or falls with it: the fitted parameter whose rank correlation with the worst of these measures is strongest.
"""

from __future__ import annotations

import argparse
import os

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
from scipy import stats  # noqa: E402

import simulation  # noqa: E402
from experiments.validation.facts import BASELINE  # noqa: E402
from experiments.validation.scorecard import PASS, REPORTED, observed_runs, scorecard, worlds  # noqa: E402
from simulation.space.region import load_region  # noqa: E402


def card_of(values: dict[str, float], region: str, runs: int, jobs: int) -> pd.DataFrame:
    """Return the scorecard (see `experiments.validation.scorecard.scorecard`) of one set of values."""
    changed = {f"parameters.{path}": value for path, value in values.items()}
    scenarios = worlds(simulation.load_scenario("baseline", region=region, set=changed))
    kept = [rows for _, rows in observed_runs(scenarios, range(runs), jobs=jobs)]
    card = scorecard(pd.concat(kept, ignore_index=True))
    card = card[card["kind"] == "prediction"]
    return card.assign(measure=card["measure"].where(card["world"] == BASELINE, card["measure"] + " without relief"))


def leading(medians: pd.Series, sets: pd.DataFrame) -> str:
    """Return the parameter (column of `sets`) that a measure follows most over the sets, with the rank correlation."""
    rho = sets.apply(lambda values: stats.spearmanr(values, medians).statistic)
    return f"{rho.abs().idxmax()} ({rho[rho.abs().idxmax()]:+.2f})"


def main() -> None:
    """Print one line for each fact that fails in some set."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=6)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--region", default="nanhu")
    options = parser.parse_args()
    calibration = load_region(options.region).calibration
    if calibration is None or not calibration.spread:
        parser.error(f"region {options.region} has no spread: make one with `yanzhen calibrate --draws 40`")
    cards = {}
    for number, values in enumerate(calibration.spread):
        cards[number] = card_of(dict(values), options.region, options.runs, options.jobs)
    sets = pd.DataFrame(calibration.spread)
    every = pd.concat(cards, names=["set"]).reset_index("set")
    holds = every.pivot_table(index="fact", columns="set", values="fact_verdict", aggfunc="first") == PASS
    number = holds.to_numpy().sum(axis=0)
    print(
        f"{len(sets)} sets, {options.runs} seeds each: {np.median(number):.0f} of {len(holds)} facts hold in the "
        f"median set ({number.min()} to {number.max()}; {number[0]} in the fitted one)\n"
    )
    share = holds.mean(axis=1)
    for fact, part in share[share < 1.0].sort_values().items():
        mine = every[every["fact"] == fact]
        failing = mine[~mine["verdict"].isin([PASS, REPORTED])].groupby("measure").size().sort_values(ascending=False)
        worst = mine[mine["measure"] == failing.index[0]].set_index("set")["median"]
        low, high = np.quantile(worst, (0.05, 0.95))
        print(
            f"{fact:4s} holds in {100 * part:3.0f} % of sets; fails by "
            + ", ".join(f"{name} ({count})" for name, count in failing.items())
            + f"; {failing.index[0]} {low:.3g} to {high:.3g}, follows {leading(worst, sets)}"
        )


if __name__ == "__main__":
    main()

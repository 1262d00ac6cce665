"""Keyed draws make twins: paired effects vary far less than unpaired ones, and people keep their employers."""

import numpy as np
import pandas as pd

import simulation
from simulation.micro import talent

OUTCOMES = [
    "firms",
    "jobs",
    "patents_granted",
    "tech_loans",
    "default_share",
    "gdp",
    "high_tech_enterprises",
    "talent_total",
]


def last_quarters(name, seeds, quarters, scale):
    scenario = simulation.load_scenario(name, quarters=quarters, scale=scale)
    rows = [simulation.run(scenario, seed=seed, guarded=False).outcomes[OUTCOMES].iloc[-1] for seed in seeds]
    return pd.DataFrame(rows).reset_index(drop=True)


def test_pairing_by_seed_divides_the_variance_of_an_effect():
    baseline, policy = (last_quarters(name, range(8), 21, 0.2) for name in ("baseline", "risk_pool"))
    paired = (policy - baseline).var()
    changed = paired > 0.0
    assert changed.sum() >= 4
    ratios = (baseline.var() + policy.var())[changed] / paired[changed]
    assert ratios.median() > 5.0


def employers(model):
    """Return the key of each person's employer by the person's key, 0 for those without."""
    table = talent(model.world)
    return pd.Series(table["employer_key"].to_numpy(), index=table["key"].to_numpy())


def test_without_one_person_the_others_keep_their_employers():
    scenario = simulation.load_scenario("baseline", scale=0.3, quarters=13)
    whole, bereft = (simulation.Ecosystem(scenario, rng=3) for _ in range(2))
    for _ in range(4):
        whole.step()
        bereft.step()
    before = employers(bereft)
    removed = int(before.index[np.flatnonzero(before.to_numpy() > 0)[7]])
    bereft.agent(removed).remove()
    for _ in range(4):
        whole.step()
        bereft.step()
    a, b = employers(whole).drop(removed, errors="ignore"), employers(bereft)
    everybody = a.index.union(b.index)
    same = a.reindex(everybody, fill_value=-2) == b.reindex(everybody, fill_value=-3)
    assert same.mean() > 0.98


def test_one_person_less_is_one_person_less_at_once():
    scenario = simulation.load_scenario("baseline", scale=0.1, quarters=9)
    whole, bereft = (simulation.Ecosystem(scenario, rng=3) for _ in range(2))
    for _ in range(2):
        whole.step()
        bereft.step()
    idle = [t.unique_id for t in bereft.agents_by_type[simulation.Talent].select(lambda t: t.employer_kind == 0)]
    bereft.agent(idle[0]).remove()
    for _ in range(2):
        whole.step()
        bereft.step()
    t, u = whole.world.talent, bereft.world.talent
    gone = set(t.key[t.live].tolist()) - set(u.key[u.live].tolist())
    assert idle[0] in gone
    assert len(gone) <= 2

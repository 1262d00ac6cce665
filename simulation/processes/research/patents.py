"""Patents of a quarter: what is pending is granted, old ones lapse, new inventions are filed, alone or jointly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simulation.populations.columns import Array
from simulation.processes.research import invention, knowledge

if TYPE_CHECKING:
    from simulation.draws import Draws
    from simulation.levers import Levers
    from simulation.world import World


def renew(world: World, levers: Levers, draws: Draws, rows: Array, mean: Array, p: Any) -> None:
    """Grant what is pending, let patents lapse, file new inventions; some are joint with regions outside."""
    f = world.firms
    key = f.key[rows]
    pending, held = f.patents_pending.take(rows, axis=0), f.patents[rows]
    granted = pending[:, 0].astype(np.int64)
    holders = np.flatnonzero(held)
    lapsed = np.zeros(len(rows), dtype=np.int64)
    lapsed[holders] = invention.binomial_quantile(
        draws.uniform("research.lapse", key[holders]), held[holders], p.patent_lapse
    )
    pending[:, :-1] = pending[:, 1:]
    pending[:, -1] = 0
    filed = draws.poisson("research.invention", key, mean)
    inventors = np.flatnonzero(filed)
    lag = (draws.uniform("research.lag", key[inventors]) * invention.LAGS).astype(np.int64)
    first = invention.SHORTEST_LAG - 1
    pending[inventors, first : first + invention.LAGS] += invention.spread_over_lags(filed[inventors], lag).astype(
        np.int32
    )
    f.patents_pending[rows] = pending
    f.patents[rows] = held - lapsed + granted

    winners = np.flatnonzero(granted)
    which = np.repeat(winners, granted[winners])
    ordinal = np.arange(len(which)) - np.repeat(np.cumsum(granted[winners]) - granted[winners], granted[winners])
    value = p.patent_value * np.exp(p.patent_spread * draws.normal("research.value", key[which] + (ordinal << 50)))
    f.patent_value[rows] += np.bincount(which, weights=value, minlength=len(rows))
    world.records.table("patents", firm_key=key[which], value=value)
    world.records.flow("patents_granted", granted.sum())
    world.records.flow("patents_applied", filed.sum())

    strength = knowledge.link_strength(world.externals.travel_time, world.externals.link, p)
    nodes = np.arange(len(strength))
    share = p.joint_share * strength
    if levers.joint_support.active:
        support = np.broadcast_to(levers.joint_support.on(world.region.externals), len(strength))
        share = share * invention.joint_readiness(support, p)
    chance = np.minimum(share * (0.5 + world.cells.access[f.cell[rows[inventors]], None]), 0.9)
    pair = key[inventors, None] + (nodes << 50)
    joint = invention.binomial_quantile(
        draws.uniform("research.joint", pair.ravel()), np.repeat(filed[inventors], len(nodes)), chance.ravel()
    )
    joint = joint.reshape(pair.shape)
    world.records["collaborations"] = joint.sum(axis=0)
    world.records.flow("collaborations", joint.sum())
    if levers.joint_support.active:
        _learn_from_partners(world, rows[inventors], joint, support, p)


def _learn_from_partners(world: World, rows: Array, joint: Array, support: Array, p: Any) -> None:
    """Let firms (n,) learn from the regions outside (E,) with which funded inventions (n, E) were made jointly."""
    f, region = world.firms, world.region
    who, node = np.nonzero((joint > 0) & (support > 0.0))
    at = rows[who]
    world.records.table("joint_inventions", firm_key=f.key[at], region=node, number=joint[who, node])
    if not len(at):
        return
    weights = region.field_weights
    interest = knowledge.field_interest(weights / weights.max(axis=1, keepdims=True), p)[f.industry[at]]
    gain = knowledge.proximity_gain(world.externals.knowledge[node] - f.knowledge[at], p.best_gap) * interest
    gain *= (p.joint_lesson * support[node] * knowledge.absorptive_capacity(f.rd_stock[at], p))[:, None]
    np.add.at(f.knowledge, at, gain)
    f.knowledge[at] = np.minimum(f.knowledge[at], 2.0)

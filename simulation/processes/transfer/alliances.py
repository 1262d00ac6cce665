"""Life of consortia: founded around a lack of knowledge, at work with an institute, dissolved in time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simulation.draws import mixed, pair_keys
from simulation.populations.columns import origin_keys
from simulation.processes.transfer import consortia, results

if TYPE_CHECKING:
    from simulation.draws import Draws
    from simulation.levers import Levers
    from simulation.populations.columns import Array
    from simulation.processes.transfer.searchers import Searchers
    from simulation.world import World


def dissolve(world: World) -> None:
    """End consortia that are over, whose leader is gone, or that nobody else belongs to."""
    groups, members = world.consortia, world.memberships
    if not len(groups):
        return
    order = np.argsort(groups.key, kind="stable")
    place = order[np.minimum(np.searchsorted(groups.key[order], members.consortium), len(order) - 1)]
    size = np.bincount(place, minlength=len(groups))
    going = (groups.ends >= world.quarter) & (world.firms.rows_of(groups.leader) >= 0) & (size >= 2)
    going &= world.institutes.rows_of(groups.institute) >= 0
    members.keep(going[place])
    groups.keep(going)


def _encouragement(world: World, levers: Levers, firms: Searchers, p: Any) -> Array | float:
    """Return how much more readily each living firm starts or joins a consortium under today's policies."""
    if not (levers.consortium_matching.active or levers.consortium_cost_share.active):
        return 1.0
    view = world.firm_view(firms.rows)
    return consortia.encouragement(levers.consortium_matching.on(view), levers.consortium_cost_share.on(view), p)


def found(world: World, levers: Levers, draws: Draws, firms: Searchers, p: Any) -> None:
    """Let leaders gather suppliers, kin and an institute around the field that they lack most."""
    f, u, region = world.firms, world.institutes, world.region
    rows = firms.rows
    weights = region.field_weights
    held = f.memberships[rows]
    push = np.broadcast_to(_encouragement(world, levers, firms, p), len(rows))
    able = np.flatnonzero(f.tier[rows] >= consortia.LEADING_TIER)
    main = weights.argmax(axis=1)[firms.industry[able]]
    gap = 1.0 - f.knowledge[rows[able], main]
    rate = consortia.founding_rate(f.tier[rows[able]], firms.absorption[able], gap, held[able], p) * push[able]
    leader = able[draws.happens("transfer.consortium", firms.key[able], -np.expm1(-rate))]
    hosts = u.live
    if not len(leader) or not len(hosts):
        return
    lack = weights[firms.industry[leader]] * np.maximum(1.0 - f.knowledge[rows[leader]], 0.02)
    fields = np.arange(lack.shape[1])
    taste = draws.gumbel("transfer.need", (firms.key[leader][:, None] + (fields << 50)).ravel()).reshape(lack.shape)
    field = (np.log(lack + 1e-9) + 0.5 * taste).argmax(axis=1)

    grid = region.cells
    away = np.hypot(firms.x[leader][:, None] - grid.x[u.cell[hosts]], firms.y[leader][:, None] - grid.y[u.cell[hosts]])
    first = np.repeat(firms.key[leader], len(hosts))
    second = np.tile(u.key[hosts], len(leader))
    trust = world.trust.lookup(first, second, world.quarter, p.trust_decay).reshape(away.shape)
    appeal = consortia.partner_appeal(u.expertise[hosts][:, field].T, away, trust, p)
    appeal += p.partner_noise * draws.gumbel("transfer.partner", pair_keys(first, second)).reshape(away.shape)
    institute = u.key[hosts[appeal.argmax(axis=1)]]

    start = (draws.uniform("transfer.ask", firms.key[leader]) * len(rows)).astype(np.int64)
    asked = firms.ring[results.ring_window(start, min(p.asked, len(rows)), len(rows))]
    bond = consortia.affinity(region.inputs, p)[firms.industry[leader][:, None], firms.industry[asked]]
    interest = firms.fit[firms.industry[asked], field[:, None]]
    apart = np.hypot(firms.x[leader][:, None] - firms.x[asked], firms.y[leader][:, None] - firms.y[asked])
    joining = consortia.joining_rate(bond, interest, apart, firms.absorption[asked], held[asked], p) * push[asked]
    pair = pair_keys(np.repeat(firms.key[leader], asked.shape[1]), firms.key[asked].ravel())
    wants = draws.uniform("transfer.join", pair).reshape(asked.shape) < -np.expm1(-joining)
    wants = consortia.first_joiners(wants & (asked != leader[:, None]), p.most_members)

    formed = np.flatnonzero(wants.any(axis=1))
    if not len(formed):
        return
    lead = leader[formed]
    number = (mixed(firms.key[lead].astype(np.uint64)) >> np.uint64(36)).astype(np.int64)
    key = origin_keys("consortium", 0, world.quarter, number)
    life = p.shortest + (draws.uniform("transfer.life", key) * (p.longest - p.shortest + 1)).astype(np.int64)
    group, column = np.nonzero(wants[formed])
    joiner = asked[formed][group, column]
    size = np.bincount(group, minlength=len(formed))
    quality = np.bincount(group, weights=interest[formed][group, column], minlength=len(formed)) / size
    world.consortia.append(
        key=key,
        leader=firms.key[lead],
        institute=institute[formed],
        industry=firms.industry[lead],
        field=field[formed],
        started=np.full(len(formed), world.quarter),
        ends=world.quarter + life - 1,
        quality=quality,
    )
    member = np.concatenate([lead, joiner])
    of = np.concatenate([np.arange(len(formed)), group])
    world.memberships.append(consortium=key[of], firm=firms.key[member])
    world.trust.deepen(firms.key[member], institute[formed][of], p.trust_consortium, world.quarter, p.trust_decay)
    world.records.flow("consortia_formed", len(formed))


def work_together(world: World, draws: Draws, firms: Searchers, p: Any) -> None:
    """Let members pay their share and take the gain of joint results; count memberships."""
    f, u, groups, members = world.firms, world.institutes, world.consortia, world.memberships
    f.memberships[firms.rows] = 0
    if not len(members):
        return
    row = f.rows_of(members.firm)
    f.memberships[:] = np.bincount(row, minlength=len(f))
    order = np.argsort(groups.key, kind="stable")
    place = order[np.searchsorted(groups.key[order], members.consortium)]
    fee = np.minimum(p.fee, 0.1 * np.maximum(f.cash[row], 0.0) / f.memberships[row])
    world.ledger.pay("consortium_fees", f.at(row), u.at(u.rows_of(groups.institute[place])), fee)
    world.records.table("consortium_fees", firm_key=members.firm.copy(), fee=fee)
    success = draws.happens("transfer.joint", groups.key, -np.expm1(-p.joint_rate * groups.quality))
    won = success[place]
    lines = 1.0 + (f.sales_year[row[won]] / p.line_sales) ** p.line_exponent
    np.add.at(f.project_gain, row[won], p.joint_gain * groups.quality[place[won]] / lines)
    world.records.flow("joint_results", success.sum())

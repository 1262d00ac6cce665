"""Raising funds: private investors' interest, the closing of a fund, the public anchor's choice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import ndtri

from simulation.draws import pair_keys
from simulation.populations.columns import Array, origin_keys
from simulation.populations.funds import ANGEL, SUB_FUND, VENTURE

if TYPE_CHECKING:
    from simulation.draws import Draws
    from simulation.levers import Levers
    from simulation.space.region import Region
    from simulation.world import World


def private_interest(taste: Array, skill: Array, past_return: float, p: Any) -> Array:
    """Return what private investors would commit to a new fund, as a share of its target.

    Parameters
    ----------
    taste : (n,) standard normal, luck of the manager with investors
    skill : (n,) screening skill, of which a track record tells a part
    past_return : published multiple of the funds at work
    p : interest_mean, interest_spread, interest_skill, return_sensitivity, prior_multiple
    """
    appetite = p.return_sensitivity * np.log(max(past_return, 0.05) / p.prior_multiple)
    return p.interest_mean * np.exp(p.interest_spread * taste + p.interest_skill * skill + appetite)


def closing(interest: Array, anchor: Array, duty: float, p: Any) -> tuple[Array, Array]:
    """Return whether funds close, and the private money in them as a share of the target.

    An anchor fills a gap, but takes room from private money once the fund is full (crowding out), and its
    reinvestment duty puts some private investors off.

    Parameters
    ----------
    interest : (n,) private commitments offered, share of the target
    anchor : (n,) public commitment, share of the target
    duty : local investment duty, multiple of the public money
    p : closing_share, hard_cap, duty_aversion

    Returns
    -------
    (n,) bool and (n,) float
    """
    private = np.minimum(interest * np.exp(-p.duty_aversion * duty * anchor), p.hard_cap - anchor)
    return private + anchor >= p.closing_share, private


def anchor_choice(interest: Array, stage: Array, luck: Array, tolerance: float) -> Array:
    """Return how a public investor ranks fund managers.

    One who answers for losses picks managers whom private investors trust already; a protected one picks
    those who invest early.

    Parameters
    ----------
    interest : (n,) private interest, share of the target
    stage : (n,) stage the manager prefers, 1 seed to 3 growth
    luck : (n,) standard normal
    tolerance : protection from blame, in [0, 1]
    """
    return (1.0 - tolerance) * 2.0 * np.log(interest) + tolerance * (3.0 - stage) / 2.0 + 0.3 * luck


def anchored(ask: Array, score: Array, allowed: Array, money: float) -> Array:
    """Return which funds the public anchor joins, best first, until its money is committed.

    Parameters
    ----------
    ask : (n,) million CNY asked of it
    score : (n,) its ranking
    allowed : (n,) bool, funds that close with it
    money : million CNY it may commit
    """
    order = np.argsort(-np.where(allowed, score, -np.inf), kind="stable")
    asked = np.where(allowed, ask, 0.0)[order]
    chosen = np.zeros(len(ask), dtype=bool)
    chosen[order] = (np.cumsum(asked) <= money + 1e-9) & (asked > 0)
    return chosen


def theses(luck: Array, emerging: Array) -> Array:
    """Return each manager's weights over industries: one or two favourites, mostly emerging ones.

    Parameters
    ----------
    luck : (n, S) uniform draws
    emerging : (S,) bool

    Returns
    -------
    (n, S) float, rows sum to one
    """
    weight = (-np.log(luck)) ** -1.3 * (0.2 + emerging)
    return weight / weight.sum(axis=1, keepdims=True)


def office_cells(region: Region, luck: Array, in_fund_town: Array) -> Array:
    """Return where investors work: real offices of the fund town in its zone, the others where there are offices.

    Parameters
    ----------
    region : whose zones may be marked as `finance`
    luck : (n,) uniform draws
    in_fund_town : (n,) bool

    Returns
    -------
    (n,) int64 cells
    """
    weight = region.cells.floor_space * (0.2 + region.cells.access)
    town = weight * region.zone_mask("finance")
    cells = np.empty(len(luck), dtype=np.int64)
    for inside, chance in ((False, weight), (True, town if town.any() else weight)):
        room = np.cumsum(chance)
        those = in_fund_town == inside
        cells[those] = np.searchsorted(room, luck[those] * room[-1])
    return cells


def raise_funds(world: World, levers: Levers, draws: Draws, p: Any) -> None:
    """Let the quarter's fixed candidates try to close a fund, with an anchor where one is offered."""
    region, funds = world.region, world.funds
    thousands = world.region.levels["firms"].value * world.scale / 1000.0
    numbers = (p.candidates * thousands, p.angel_candidates * thousands)
    ordinals = [np.arange(int(np.ceil(number))) for number in numbers]
    keys = np.concatenate(
        [origin_keys("fund", pool, world.quarter, o) for pool, o in zip((VENTURE, ANGEL), ordinals, strict=True)])
    chance = np.concatenate([number - o for number, o in zip(numbers, ordinals, strict=True)])
    angel = np.repeat([False, True], [len(o) for o in ordinals])
    offered = draws.uniform("raise.offered", keys, fixed=True) < chance
    keys, angel = keys[offered], angel[offered]
    if not len(keys):
        return
    traits = 7
    width = traits + len(region.industries.name)
    pairs = pair_keys(np.repeat(keys, width), np.tile(np.arange(width), len(keys)))
    luck = draws.uniform("raise.traits", pairs, fixed=True).reshape(len(keys), width)
    taste, size, ability, choice = ndtri(luck[:, :4]).T
    place, office, early = luck[:, 4:traits].T
    skill = 0.5 * ability
    wanted = np.where(angel, p.angel_wealth, p.target) * np.exp(p.target_spread * size)
    stage = np.where(angel, 1.0, 1.5 + early)
    closed, capital = _closings(world, levers, p, angel, skill, wanted, stage, taste, choice)
    domicile = np.where(angel, 2 * (office < 0.2), np.where(office < 0.5, 1, 2 * (office < 0.8)))
    values = {
        **capital, "skill": skill, "stage_preference": stage, "cell": office_cells(region, place, domicile == 2),
        "thesis": theses(luck[:, traits:], region.industries.emerging), "domicile": domicile,
    }
    funds.add(keys[closed], born=world.quarter, ends=world.quarter + p.life, mark=p.prior_multiple,
              **{name: value[closed] for name, value in values.items()})
    world.records.flow("funds_closed", closed.sum())


def _closings(world: World, levers: Levers, p: Any, angel: Array, skill: Array, target: Array, stage: Array,
              taste: Array, choice: Array) -> tuple[Array, dict[str, Array]]:
    """Return which funds close, and columns of their capital; angels bring their own money."""
    past = world.published.get("fund_return", p.prior_multiple)
    interest = private_interest(taste, skill, past, p)
    if levers.investor_caution.active:
        interest = interest * (1.0 - levers.investor_caution.value())
    anchor, duty, tolerance = np.zeros(len(angel)), 0.0, 0.0
    if levers.anchor_commitment.active:
        money, largest = levers.anchor_commitment.value(), levers.anchor_public_share.value()
        duty, tolerance = levers.anchor_reinvestment.value(), levers.anchor_tolerance.value()
        offer = np.where(angel, 0.0, np.minimum(largest, money / target))
        possible, _ = closing(interest, offer, duty, p)
        score = anchor_choice(interest, stage, choice, tolerance)
        chosen = anchored(offer * target, score, possible & (offer >= 0.2 * largest) & (offer > 0), money)
        anchor = np.where(chosen, offer, 0.0)
    closed, private = closing(interest, anchor, duty, p)
    closed, private = closed | angel, np.where(angel, 1.0, private)
    with_anchor = anchor > 0
    for name, sums in (("raised_private", private * ~angel), ("raised_public", anchor),
                       ("raised_beside_anchor", private * with_anchor)):
        world.records.flow(name, (sums * target)[closed].sum())
    return closed, {
        "kind": np.where(angel, ANGEL, np.where(with_anchor, SUB_FUND, VENTURE)),
        "committed": (private + anchor) * target, "public_share": anchor / np.maximum(private + anchor, 1e-9),
        "reinvestment": np.where(with_anchor, duty, 0.0), "tolerance": np.where(with_anchor, tolerance, 0.0),
    }

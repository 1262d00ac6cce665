"""Matching on a ring of places: people see the few nearest jobs, employers keep the best who apply.

Every job and every person has a lasting position, so one person more or less disturbs only its neighbours.
There is no matching function: few options and few rounds make the frictions.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri

from simulation.space.proximity import morton_code

Array = np.ndarray

HASH_BITS = 24
PLACE_BITS = 24
_GRID = 4
_MARGIN = 64
_STEPS = 8
_SQUARE_BITS = HASH_BITS + 4
_SPREAD = morton_code(np.arange(1 << (PLACE_BITS // 2)), np.array(0)).astype(np.int64)
"""Bits of a column of the grid at the even places."""


def ring_codes(segments: Array, x: Array, y: Array, bits: Array) -> Array:
    """Return positions on the rings, one ring for each segment: near places have near codes.

    Parameters
    ----------
    segments : (n,) int, segment of the labour market, below 2**15
    x, y : (n,) km; quarter kilometres are told apart, up to 64 km outside the grid
    bits : (n,) uint64 lasting random bits that order what lies in one place

    Returns
    -------
    (n,) int64, segment in the highest bits, then place, then the random bits
    """
    limit = (1 << (PLACE_BITS // 2)) - 1
    column, row = (np.minimum(np.maximum((v + _MARGIN) * _GRID, 0), limit).astype(np.int64) for v in (x, y))
    place = _SPREAD[column] + (_SPREAD[row] << 1)
    fine = (bits >> np.uint64(64 - HASH_BITS)).astype(np.int64)
    return (((segments.astype(np.int64) << PLACE_BITS) + place) << HASH_BITS) + fine


def next_on_ring(codes: Array, slots: Array, count: int) -> Array:
    """Return the jobs that come next, clockwise, from each person's position on its segment's ring.

    Parameters
    ----------
    codes : (m,) int64 positions of the people, see `ring_codes`
    slots : (n,) int64 positions of the jobs, ascending
    count : how many jobs a person sees

    Returns
    -------
    (m, count) int64 indices of `slots`; -1 where the segment has fewer jobs
    """
    if not len(slots):
        return np.full((len(codes), count), -1, dtype=np.int64)
    shift = PLACE_BITS + HASH_BITS
    segment = codes >> shift
    rings = np.arange(int(segment.max(initial=0)) + 2, dtype=np.int64) << shift
    bounds = np.searchsorted(slots, rings)
    first = bounds[segment]
    size = bounds[segment + 1] - first
    start = np.searchsorted(slots, codes) - first
    ahead, size = np.arange(count), size[:, None]
    found = start[:, None] + ahead
    found -= np.where(found >= size, size, 0)
    found += first[:, None]
    return np.where(ahead < size, found, -1)


def ring_scale(x: Array, y: Array, weights: Array, jitter: float) -> Array:
    """Return the scale on which positions on a ring are evenly filled: the share of jobs before each square kilometre.

    Parameters
    ----------
    x, y : (cells,) km
    weights : (cells,) jobs expected in each cell, in any unit
    jitter : standard deviation of positions around a cell, km

    Returns
    -------
    (m,) float ascending shares in [0, 1] at the bounds of the squares along the ring, up to the last with jobs
    """
    steps = jitter * ndtri((np.arange(_STEPS) + 0.5) / _STEPS)
    shift_x, shift_y = np.repeat(steps, _STEPS), np.tile(steps, _STEPS)
    spread_x, spread_y = (x[:, None] + shift_x).ravel(), (y[:, None] + shift_y).ravel()
    zero = np.zeros(len(spread_x), dtype=np.int64)
    codes = ring_codes(zero, spread_x, spread_y, zero.astype(np.uint64)).astype(float)
    order = np.argsort(codes, kind="stable")
    share = np.cumsum(np.repeat(weights, _STEPS * _STEPS)[order])
    codes = np.concatenate([[0.0], codes[order]])
    bounds = np.arange(2 + (int(codes[-1]) >> _SQUARE_BITS), dtype=float) * (1 << _SQUARE_BITS)
    return np.interp(bounds, codes, np.concatenate([[0.0], share / share[-1]]))


def on_scale(codes: Array, scale: Array) -> Array:
    """Return positions in [0, 1] on a ring's scale.

    Parameters
    ----------
    codes : (n,) int64 positions, see `ring_codes`
    scale : see `ring_scale`
    """
    within = codes & ((1 << (PLACE_BITS + HASH_BITS)) - 1)
    square = np.minimum(within >> _SQUARE_BITS, len(scale) - 2)
    part = np.minimum(within * 2.0**-_SQUARE_BITS - square, 1.0)
    low = scale[square]
    return low + part * (scale[square + 1] - low)


def within_reach(options: Array, people: Array, jobs: Array, reach: Array) -> Array:
    """Return options without the jobs that lie beyond a person's reach.

    A new job then becomes one option more for those near it and takes none from them.

    Parameters
    ----------
    options : (m, k) int jobs that come next on the ring, -1 for none
    people, jobs : (m,) and (n,) float positions in [0, 1) on the ring's scale, see `ring_scale`
    reach : (m,) share of the ring that a person looks over

    Returns
    -------
    (m, k) int jobs, -1 for none
    """
    if not len(jobs):
        return options
    way = jobs.take(options)
    way -= people[:, None]
    way += way < 0.0
    return np.where(way <= reach[:, None], options, -1)


_NOTHING_LEFT = -2
"""Match of those who have no job left to apply for."""


def deferred_acceptance(options: Array, utility: Array, scores: Array, jobs: int, rounds: int) -> Array:
    """Return who gets which job when people apply and jobs keep the best applicant so far.

    Parameters
    ----------
    options : (m, k) int jobs that a person knows of; -1 for none
    utility : (m, k) float, what the person gains by the job; 0 or less is not applied for
    scores : (m, k) float, how the job's employer values the person
    jobs : number of jobs
    rounds : how often those without a job may apply within the quarter

    Returns
    -------
    (m,) int64 job of each person, -1 for none; the order of the rows does not matter

    References
    ----------
    Gale and Shapley (1962), College admissions and the stability of marriage.
    """
    matched = np.full(len(options), -1, dtype=np.int64)
    if not jobs or not len(options):
        return matched
    wanted = np.where((options >= 0) & (utility > 0.0), utility, -np.inf)
    held = np.full(jobs, -np.inf)
    holder = np.full(jobs, -1, dtype=np.int64)
    for _ in range(rounds):
        free = np.flatnonzero(matched == -1)
        choice = np.argmax(wanted[free], axis=1)
        asks = wanted[free, choice] > 0.0
        matched[free[~asks]] = _NOTHING_LEFT
        free, choice = free[asks], choice[asks]
        if not len(free):
            break
        wanted[free, choice] = -np.inf
        job, score = options[free, choice], scores[free, choice]
        np.maximum.at(held, job, score)
        kept = score == held[job]
        winner, job = free[kept], job[kept]
        displaced = holder[job]
        matched[displaced[displaced >= 0]] = -1
        holder[job] = winner
        matched[winner] = job
    return np.maximum(matched, -1)

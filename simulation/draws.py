"""Random draws that are pure functions of (seed, stream, quarter, agent key).

No draw consumes state: switching a policy on changes nothing for an agent that the policy does not
reach, and an agent draws the same luck in every world. This is what makes twins.

References
----------
Steele, Lea and Flood (2014), Fast splittable pseudorandom number generators (splitmix64).
Salmon et al. (2011), Parallel random numbers: as easy as 1, 2, 3 (counter-based draws).
"""

from __future__ import annotations

import hashlib
from functools import lru_cache

import numpy as np
from scipy.special import ndtri

Array = np.ndarray
Streams = str | tuple[str, ...]

GOLDEN, MULTIPLY_1, MULTIPLY_2 = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
# Arrays without dimensions: numpy turns its own scalars into such arrays at every operation.
_GOLDEN, _MULTIPLY_1, _MULTIPLY_2, _S30, _S27, _S31, _S12, _ONE = (
    np.array(value, dtype=np.uint64) for value in (GOLDEN, MULTIPLY_1, MULTIPLY_2, 30, 27, 31, 12, 0x3FF << 52)
)
_LOG_BITS = np.log(2.0) * 2.0**-52
_LOG_BIAS = np.log(2.0) * 1023.0
_WORD = 0xFFFFFFFFFFFFFFFF


def mixed(values: Array) -> Array:
    """Return the splitmix64 output of 64-bit states.

    Parameters
    ----------
    values : (n,) uint64

    Returns
    -------
    (n,) uint64, well mixed: one changed bit changes each output bit with probability one half
    """
    return _scrambled(values + _GOLDEN)


def _scrambled(z: Array) -> Array:
    """Return `mixed` of states already moved on by the golden gamma; overwrites them."""
    shifted = z >> _S30
    z ^= shifted
    z *= _MULTIPLY_1
    np.right_shift(z, _S27, out=shifted)
    z ^= shifted
    z *= _MULTIPLY_2
    np.right_shift(z, _S31, out=shifted)
    z ^= shifted
    return z


@lru_cache(maxsize=4096)
def stream_code(stream: str) -> int:
    """Return the 64-bit code of a named stream of draws."""
    return int.from_bytes(hashlib.blake2b(stream.encode(), digest_size=8).digest(), "little")


def _mixed_integer(value: int) -> int:
    """Return `mixed` of one integer; Python's own integers are faster than an array of one."""
    z = (value + GOLDEN) & _WORD
    z = ((z ^ (z >> 30)) * MULTIPLY_1) & _WORD
    z = ((z ^ (z >> 27)) * MULTIPLY_2) & _WORD
    return z ^ (z >> 31)


def pair_keys(first: Array, second: Array) -> Array:
    """Return keys of ordered pairs of agents, for draws that belong to a pair.

    Parameters
    ----------
    first, second : int64 agent keys, (n,) or of shapes that broadcast together

    Returns
    -------
    (n,) int64
    """
    first = np.ascontiguousarray(first, dtype=np.int64).view(np.uint64)
    second = np.ascontiguousarray(second, dtype=np.int64).view(np.uint64)
    return (mixed(first) ^ second).view(np.int64)


def gumbel_quantile(luck: Array) -> Array:
    """Return standard Gumbel quantiles (location 0, scale 1) of uniform draws (n,) or (n, m); overwrites them."""
    np.negative(np.log(luck, out=luck), out=luck)
    return np.negative(np.log(luck, out=luck), out=luck)


def favourites(values: Array, luck: Array) -> Array:
    """Return which option each agent likes best: value plus a standard Gumbel taste (multinomial logit).

    A taste is at most -ln(1 - luck), of which the bits of a float give a bound without a logarithm; tastes are worked
    out only for options whose bound reaches what the agent surely has. That changes no choice.

    Parameters
    ----------
    values : (n, m) value of each option to each agent, m above 0
    luck : (n, m) uniform draws, the quantiles of the tastes

    Returns
    -------
    (n,) int64 in [0, m); the first of equals
    """
    if not len(values):
        return np.empty(0, dtype=np.int64)
    most = np.subtract(1.0, luck).view(np.int64) * -_LOG_BITS
    most += _LOG_BIAS
    most += values
    agents = np.arange(len(values))
    hopeful = most.argmax(axis=1)
    sure = values[agents, hopeful] + gumbel_quantile(luck[agents, hopeful])
    agent, option = np.nonzero(most >= (sure - 1e-9)[:, None])
    liking = values[agent, option] + gumbel_quantile(luck[agent, option])
    highest = np.maximum.reduceat(liking, np.searchsorted(agent, agents))
    won = np.flatnonzero(liking == highest[agent])[::-1]
    hopeful[agent[won]] = option[won]
    return hopeful


class Draws:
    """Keyed draws of one run; `quarter` is set by the model at the start of each quarter.

    Parameters
    ----------
    seed : non-negative integer
    """

    def __init__(self, seed: int) -> None:
        self.seed = int(seed)
        self.quarter = 0
        self._base = _mixed_integer(self.seed)
        self._codes: dict[str, int] = {}
        self._starts: tuple[dict[Streams, Array], dict[Streams, Array]] = {}, {}
        """States before the first key's: of the quarter, and of what is fixed for life."""
        self._moment = -1

    def bits(self, stream: Streams, keys: Array, fixed: bool = False) -> Array:
        """Return 64 random bits for each key.

        Parameters
        ----------
        stream : name of process and purpose, such as "labour.quit", or a tuple of k names
        keys : (n,) int64 agent keys (or pair keys)
        fixed : one draw for the whole life of the agent rather than one a quarter

        Returns
        -------
        (n,) uint64, or (k, n) for several streams
        """
        if self._moment != self.quarter:
            self._advance()
        starts = self._starts[fixed]
        start = starts.get(stream)
        if start is None:
            start = starts[stream] = self._start(stream, -1 if fixed else self.quarter)
        keys = np.ascontiguousarray(keys, dtype=np.int64).view(np.uint64)
        states = keys * _GOLDEN
        return _scrambled(np.add(states, start, out=None if start.ndim else states))

    def _advance(self) -> None:
        """Work out the states of the quarter for all streams drawn from in the last one, in one go."""
        self._moment, before = self.quarter, self._starts[0]
        names = [(stream,) if isinstance(stream, str) else stream for stream in before]
        codes = np.array([self._codes[name] for group in names for name in group], dtype=np.uint64)
        states = mixed(codes + np.uint64(self.quarter)) + _GOLDEN
        bounds = np.cumsum([0, *(len(group) for group in names)]).tolist()
        for stream, first, last in zip(before, bounds[:-1], bounds[1:], strict=True):
            before[stream] = states[first, ...] if isinstance(stream, str) else states[first:last, None]

    def _start(self, stream: Streams, moment: int) -> Array:
        """Return the state before the first key's, () or (k, 1) uint64."""
        if not isinstance(stream, str):
            return np.stack([self._start(name, moment) for name in stream])[:, None]
        code = self._codes.get(stream)
        if code is None:
            code = self._codes[stream] = _mixed_integer(self._base ^ stream_code(stream))
        return np.array((_mixed_integer(code + moment) + GOLDEN) & _WORD, dtype=np.uint64)

    def uniform(self, stream: Streams, keys: Array, fixed: bool = False) -> Array:
        """Return uniform draws in the open interval (0, 1), one for each key; see `bits`."""
        bits = self.bits(stream, keys, fixed)
        bits >>= _S12
        bits |= _ONE  # as a float, 1 plus so many steps of 2**-52
        luck = bits.view(np.float64)
        luck -= 1.0 - 2.0**-53
        return luck

    def normal(self, stream: Streams, keys: Array, fixed: bool = False) -> Array:
        """Return standard normal draws, one for each key; see `bits`."""
        return ndtri(self.uniform(stream, keys, fixed))

    def gumbel(self, stream: str, keys: Array, fixed: bool = False) -> Array:
        """Return standard Gumbel draws (location 0, scale 1), one for each key; see `bits`."""
        return gumbel_quantile(self.uniform(stream, keys, fixed))

    def logistic(self, stream: str, keys: Array, fixed: bool = False) -> Array:
        """Return standard logistic draws, one for each key; see `bits`."""
        u = self.uniform(stream, keys, fixed)
        return np.log(u / (1.0 - u))

    def happens(self, stream: str, keys: Array, probability: Array | float, fixed: bool = False) -> Array:
        """Return whether an event of the given probability happens to each key.

        Parameters
        ----------
        stream, keys, fixed : see `bits`
        probability : (n,) or scalar, in [0, 1]

        Returns
        -------
        (n,) bool; raising a probability never turns an event off (monotone in both worlds)
        """
        return self.uniform(stream, keys, fixed) < probability

    def poisson(self, stream: str, keys: Array, mean: Array, fixed: bool = False) -> Array:
        """Return Poisson counts by inversion, monotone in the mean.

        Parameters
        ----------
        stream, keys, fixed : see `bits`
        mean : (n,) non-negative; above 30 a rounded normal is used

        Returns
        -------
        (n,) int64
        """
        u = self.uniform(stream, keys, fixed)
        mean = np.asarray(mean, dtype=np.float64)
        if mean.shape != u.shape:
            mean = np.broadcast_to(mean, u.shape)
        counts = np.zeros(u.shape, dtype=np.int64)
        large = mean > 30.0
        pending = np.flatnonzero((u > 1.0 - 1e-12 - mean) & ~large)  # 1 - mean lies below the chance of none
        goal, lam = u[pending], mean[pending]
        term = np.exp(-lam)
        some = goal > term
        pending, goal, lam, term = (a[some] for a in (pending, goal, lam, term))
        total, reached = term.copy(), np.ones(len(pending), dtype=np.int64)
        k = 1
        while pending.size:
            term *= lam / k
            total += term
            more = goal > total
            left = np.count_nonzero(more)
            if 2 * left <= len(more):  # go on with those that are left
                counts[pending] = reached
                pending, goal, lam, term, total = (a[more] for a in (pending, goal, lam, term, total))
                reached = np.full(left, k + 1)
            else:
                reached += more
            k += 1
        if large.any():
            counts[large] = np.maximum(np.rint(mean[large] + np.sqrt(mean[large]) * ndtri(u[large])), 0)
        return counts

"""Who works where, which jobs are open, and what people and employers think of each other."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import ndtri

from simulation.draws import pair_keys
from simulation.populations.segments import choice_table, chosen, segment_of
from simulation.populations.talent import FIRM, INSTITUTE, NO_EMPLOYER, OUTSIDE, SKILLS
from simulation.processes.labour.matching import next_on_ring, on_scale, ring_codes, ring_scale, within_reach
from simulation.space.proximity import distance_km

if TYPE_CHECKING:
    from simulation.draws import Draws
    from simulation.processes.labour.parameters import LabourParameters
    from simulation.space.region import Region
    from simulation.world import World

Array = np.ndarray

JOBLESS, AWAY, NOWHERE = -1, -2, -3
"""Places of work of those without a job and of those who work in an external region; no place of work at all."""


class Employers(NamedTuple):
    """All employers of the district in one index: firms, then institutes, then funds; dead rows included."""

    key: Array
    cell: Array
    bases: Array
    """(4,) first index of firms, institutes and funds, and the number of all."""

    @property
    def size(self) -> int:
        """Number of indices."""
        return int(self.bases[3])

    def range_of(self, kind: int) -> slice:
        """Return the indices of a kind of employer."""
        return slice(int(self.bases[kind - FIRM]), int(self.bases[kind - FIRM + 1]))


def employers_of(world: World) -> Employers:
    """Return the common index of all employers."""
    parts = (world.firms, world.institutes, world.funds)
    bases = np.cumsum([0, *(len(part) for part in parts)])
    return Employers(np.concatenate([part.key for part in parts]), np.concatenate([part.cell for part in parts]), bases)


class Workforce:
    """The talent of the district with their places of work, kept in step with the population in a quarter.

    Parameters
    ----------
    world : whose talent changes jobs
    employers : see `employers_of`
    """

    def __init__(self, world: World, employers: Employers) -> None:
        t = world.talent
        self.talent, self.employers, self.quarter = t, employers, world.quarter
        self.rows = t.live
        self.key = t.key.take(self.rows)
        self.skill = t.skill.take(self.rows).astype(np.int64)
        self.segment = segment_of(self.skill, t.field.take(self.rows), len(world.region.fields))
        offsets = np.array([0, *employers.bases[:3], 0])
        kind = t.employer_kind.take(self.rows)
        # those without an employer hold -1, which is JOBLESS
        self.place = offsets.take(kind) + t.employer.take(self.rows)
        self.place[kind == OUTSIDE] = AWAY
        self.left = np.full(len(self.rows), NOWHERE)
        """Place of work that somebody has parted from this quarter."""
        self.bound = world.lead_own_firm(self.rows)
        """Founders in their firm: they neither quit nor look around."""
        self.staff = self._counted()

    def _counted(self) -> Array:
        code = (self.place - AWAY) * len(SKILLS) + self.skill
        return np.bincount(code, minlength=(self.employers.size - AWAY) * len(SKILLS)).reshape(-1, len(SKILLS))[-AWAY:]

    def summed(self, values: Array, people: Array | slice = slice(None)) -> Array:
        """Return sums over those who work for each employer, (employers,).

        Parameters
        ----------
        values : (n,) float, one for each of the people
        people : (n,) indices of the workforce; all when left out
        """
        return np.bincount(self.place[people] - AWAY, values, self.employers.size - AWAY)[-AWAY:]

    def release(self, people: Array) -> None:
        """Part people from their jobs.

        Parameters
        ----------
        people : (n,) indices of the workforce
        """
        here = people[self.place[people] >= 0]
        np.subtract.at(self.staff.reshape(-1), self.place[here] * len(SKILLS) + self.skill[here], 1)
        self.left[people] = self.place[people]
        self.place[people] = JOBLESS
        rows = self.rows[people]
        self.talent.employer_kind[rows] = NO_EMPLOYER
        self.talent.employer[rows] = -1
        self.talent.since[rows] = self.quarter

    def employ(self, people: Array, place: Array) -> None:
        """Give people jobs, leaving those that they had.

        Parameters
        ----------
        people : (n,) indices of the workforce
        place : (n,) indices of employers
        """
        self.release(people)
        np.add.at(self.staff.reshape(-1), place * len(SKILLS) + self.skill[people], 1)
        self.place[people] = place
        kind = np.searchsorted(self.employers.bases[1:], place, side="right") + FIRM
        rows = self.rows[people]
        self.talent.employer_kind[rows] = kind
        self.talent.employer[rows] = place - self.employers.bases[kind - FIRM]


class Jobs(NamedTuple):
    """Open jobs in the order of their rings."""

    place: Array
    """(n,) index of the employer."""
    segment: Array
    code: Array
    """(n,) position on the ring, ascending."""


def ring_positions(world: World, draws: Draws, keys: Array, cell: Array, segment: Array, jitter: float) -> Array:
    """Return lasting positions on the rings, near where somebody lives or works.

    Parameters
    ----------
    world : gives the map
    draws : keyed draws
    keys : (n,) int64 of people or jobs
    cell, segment : (n,) int
    jitter : km
    """
    cells = world.region.cells
    bits = draws.bits("labour.place", keys, fixed=True)  # the highest order what lies in one place, two parts shift it
    shift_x, shift_y = (_NORMAL[(bits >> start) & _PART] for start in (_FIRST, _SECOND))
    return ring_codes(segment, cells.x[cell] + jitter * shift_x, cells.y[cell] + jitter * shift_y, bits)


_NORMAL = ndtri((np.arange(4096) + 0.5) / 4096)
"""Quantiles of the standard normal."""
_PART, _FIRST, _SECOND = (np.uint64(value) for value in (4095, 0, 12))


@lru_cache(maxsize=8)
def _distances(region: Region) -> Array:
    return distance_km(region.cells.x, region.cells.y).ravel()


@lru_cache(maxsize=8)
def _fields_of_industries(region: Region) -> Array:
    return choice_table(np.cumsum(region.field_weights, axis=1))


@lru_cache(maxsize=8)
def _scale(region: Region, jitter: float) -> Array:
    cells = region.cells
    return ring_scale(cells.x, cells.y, cells.floor_space, jitter)


def options_in_reach(world: World, codes: Array, segment: Array, jobs: Jobs, p: LabourParameters) -> Array:
    """Return the jobs that seekers know of: those within reach on the ring of their segment, the nearest first.

    Reach is set by how many jobs were open in the segment at the start, so a thicker market offers more choice.

    Parameters
    ----------
    world : with the published openings of the start
    codes, segment : (m,) positions and segments of the seekers
    jobs : open jobs
    p : parameters

    Returns
    -------
    (m, k) indices of jobs, -1 for none
    """
    scale = _scale(world.region, p.place_jitter)
    people, places = on_scale(codes, scale), on_scale(jobs.code, scale)
    reach = np.minimum(p.options / world.records["openings_reference"], 1.0)
    options = next_on_ring(codes, jobs.code, p.options_most)
    return within_reach(options, people, places, reach[segment])


def open_jobs(world: World, draws: Draws, employers: Employers, vacancies: Array, staff: Array, jitter: float) -> Jobs:
    """Return the open jobs; a job is known by its employer, skill and ordinal, and keeps its field and position.

    Parameters
    ----------
    world, draws, employers : of the run
    vacancies, staff : (employers, 5) people by skill
    jitter : km
    """
    wanting = np.flatnonzero(vacancies > 0)
    counts = vacancies.ravel()[wanting]
    code = np.repeat(wanting, counts)
    place, skill = code // len(SKILLS), code % len(SKILLS)
    ordinal = staff.ravel()[code] + np.arange(len(code)) - np.repeat(np.cumsum(counts) - counts, counts)
    keys = pair_keys(employers.key[place], (skill << 32) + ordinal)
    luck = draws.uniform("labour.job_field", keys, fixed=True)
    field = np.zeros(len(code), dtype=np.int64)
    firms, institutes = (employers.range_of(kind) for kind in (FIRM, INSTITUTE))
    in_firm = np.flatnonzero(place < firms.stop)
    in_institute = np.flatnonzero((place >= institutes.start) & (place < institutes.stop))
    field[in_firm] = chosen(_fields_of_industries(world.region), world.firms.industry[place[in_firm]], luck[in_firm])
    expertise = np.cumsum(world.institutes.expertise[place[in_institute] - institutes.start, :-1], axis=1)
    field[in_institute] = (luck[in_institute, None] > expertise).sum(axis=1)
    segment = segment_of(skill, field, len(world.region.fields))
    position = ring_positions(world, draws, keys, employers.cell[place], segment, jitter)
    order = np.argsort(position)  # random bits in the positions make ties as rare as equal hashes
    return Jobs(place[order], segment[order], position[order])


def pay_premium(world: World, draws: Draws, employers: Employers, p: LabourParameters) -> Array:
    """Return what each employer pays relative to the going wage; productive firms share some of their rents."""
    log_premium = p.pay_spread * draws.normal("labour.pay", employers.key, fixed=True)
    f, rows = world.firms, world.firms.live
    productivity = f.productivity[rows]
    log_premium[rows] += p.rent_sharing * np.clip(productivity - productivity.mean(), -1.0, 1.0)
    return np.exp(log_premium)


def seekers_gains(world: World, draws: Draws, workforce: Workforce, seekers: Array, options: Array, jobs: Jobs,
                  premium: Array, p: LabourParameters) -> tuple[Array, Array]:
    """Return what seekers gain by the jobs they know of, and how the employers value them.

    Those in work are tired of their employer and compare only wages and ways to work; those out of work compare with
    the lowest wage they accept, which falls as they search. Nobody goes back at once to an employer just left.

    Parameters
    ----------
    world, draws, workforce : of the run
    seekers : (m,) indices of the workforce
    options : (m, k) indices of jobs, -1 for none
    jobs, premium : open jobs; (employers,) pay relative to the going wage
    p : parameters

    Returns
    -------
    (m, k) float gain, above 0 if accepted, and (m, k) float value to the employer
    """
    employers, t = workforce.employers, workforce.talent
    rows, keys = workforce.rows[seekers], workforce.key[seekers]
    home, ability, wage, since = t.cell[rows], t.ability[rows], t.wage[rows], t.since[rows]
    way_from = _distances(world.region)

    if not len(jobs.place):
        return np.full(options.shape, -np.inf), np.zeros(options.shape)
    place = jobs.place.take(options)
    pairs = pair_keys(keys[:, None], employers.key.take(place))
    liking = draws.gumbel("labour.taste", pairs, fixed=True)
    n = len(world.cells)
    way = way_from.take((home * n)[:, None] + employers.cell[jobs.place].take(options))
    log_wage = np.log(world.segments.wage)[workforce.segment[seekers]] + p.ability_return * ability
    log_premium = np.log(premium[jobs.place]).take(options)
    gain = p.wage_weight * (log_wage[:, None] + log_premium) + p.taste * liking - p.distance_cost * way
    value = ability[:, None] + p.fit_weight * liking

    waited = np.maximum(workforce.quarter - since, 0)
    present = workforce.place[seekers]
    own = p.wage_weight * np.log(np.maximum(wage, 1e-6))
    lowest = own + p.wage_weight * (np.log(p.reservation) + waited * np.log1p(-p.patience))
    inside = np.maximum(present, 0)
    here = p.distance_cost * way_from[home * n + employers.cell[inside]]
    node = np.where(present == AWAY, t.employer[rows], 0)
    away = p.travel_cost * world.externals.travel_time[node]
    held = own - p.readiness - np.where(present == AWAY, away, here)
    gain -= np.where(present == JOBLESS, lowest, held)[:, None]
    gain[place == np.where(present == JOBLESS, workforce.left[seekers], present)[:, None]] = -np.inf
    return gain, value

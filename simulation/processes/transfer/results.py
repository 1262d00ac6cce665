"""Results of research institutes: how many there are, whom they meet, what they are worth to whom."""

from __future__ import annotations

from typing import Any

import numpy as np

from simulation.populations.columns import Array, origin_keys

COUNT_BITS = 10
SPIN_OFF_POOL = 2


def result_keys(ordinal: Array, quarter: int, field: Array, count: Array) -> Array:
    """Return keys of results: the institute is the pool, the field and a count are the ordinal.

    Parameters
    ----------
    ordinal : (n,) number of the institute, in [0, 256)
    quarter : quarter of production
    field : (n,) technology field, in [0, 1024)
    count : (n,) number among the institute's results of the quarter in the field, in [0, 1024)

    Returns
    -------
    (n,) int64
    """
    place = (np.asarray(field, dtype=np.int64) << COUNT_BITS) + count
    return origin_keys("result", 0, quarter, place) + (np.asarray(ordinal, dtype=np.int64) << 38)


def spin_off_firm_keys(results: Array) -> Array:
    """Return the keys that firms have which were founded on results.

    Parameters
    ----------
    results : (n,) int64 keys of results

    Returns
    -------
    (n,) int64
    """
    institute, quarter, place = (results >> 38) & 0xFF, (results >> 28) & 0x3FF, results & 0xFFFFF
    return origin_keys("firm", SPIN_OFF_POOL, quarter, (institute << 20) + place)


def results_expected(spending: Array, ability: Array, p: Any) -> Array:
    """Return the results that institutes expect in a quarter, Cobb-Douglas in money and researchers' work.

    Parameters
    ----------
    spending : (I,) R&D spending, million CNY a quarter
    ability : (I,) sum of ability of the researchers
    p : transfer parameters

    Returns
    -------
    (I,) results a quarter
    """
    work = ability * p.researcher_cost
    return p.result_rate * spending ** (1.0 - p.result_work_share) * work**p.result_work_share


def meeting_rate(fit: Array, distance: Array, trust: Array | float, brokers: float, p: Any) -> Array:
    """Return the rate at which firms learn of a result: by fit, proximity, earlier links and brokers.

    Networking fades within about a kilometre; a weaker channel reaches over the district.

    Parameters
    ----------
    fit : (...) weight of the result's field relative to the firm's main field
    distance : (...) km
    trust : (...) in [0, 1]
    brokers : employed technology brokers relative to the start
    p : transfer parameters

    Returns
    -------
    (...) meetings a quarter

    References
    ----------
    Arzaghi and Henderson (2008), Networking off Madison Avenue.
    """
    near = np.exp(-distance / p.near_decay)
    far = p.far_weight * np.exp(-distance / p.far_decay)
    return p.meeting_rate * brokers**p.broker_elasticity * fit * (near + far) * (1.0 + p.trust_effect * trust)


def value_to_firm(value: Array, age: Array, fit: Array, absorption: Array, taste: Array, p: Any) -> Array:
    """Return what a result is worth to a firm.

    Parameters
    ----------
    value : (...) million CNY, to a well-fitting user when produced
    age : (...) quarters since production
    fit : (...) weight of the field relative to the firm's main field
    absorption : (...) absorptive capacity
    taste : (...) standard normal, of the pair
    p : transfer parameters

    Returns
    -------
    (...) million CNY
    """
    use = fit**p.fit_elasticity * (p.absorption_floor + (1.0 - p.absorption_floor) * absorption)
    return value * (1.0 - p.ageing) ** age * use * np.exp(p.taste_spread * taste)


def bids(worth: Array, met: Array, purse: Array, p: Any, support: Array | float = 0.0) -> Array:
    """Return the prices that firms offer, and nothing where they do not meet, gain or pay.

    Parameters
    ----------
    worth : (...) of `value_to_firm`
    met : (...) bool
    purse : (...) million CNY that the firm can spend
    p : transfer parameters
    support : (...) share of the price that the firm expects to be repaid later; the whole price must be in its purse

    Returns
    -------
    (...) million CNY, -1 where there is no bid
    """
    price = p.price_share * worth
    gains = worth - price * (1.0 - support) > p.hurdle
    return np.where(met & gains & (price <= purse), price, -1.0)


def one_each(owner: Array, worth: Array) -> Array:
    """Return which offers stand when each owner takes only the one worth most.

    Parameters
    ----------
    owner : (n,) int
    worth : (n,) float

    Returns
    -------
    (n,) bool
    """
    order = np.lexsort((np.arange(len(owner)), -worth, owner))
    first = np.ones(len(owner), dtype=bool)
    first[1:] = owner[order][1:] != owner[order][:-1]
    kept = np.zeros(len(owner), dtype=bool)
    kept[order[first]] = True
    return kept


def ring_window(start: Array, size: int, length: int) -> Array:
    """Return places on a ring clockwise from where searchers stand.

    Parameters
    ----------
    start : (n,) first place of each searcher
    size : places seen
    length : places on the ring; where there are fewer than `size`, places repeat

    Returns
    -------
    (n, size) in [0, length)
    """
    return (np.asarray(start, dtype=np.int64)[:, None] + np.arange(size)) % length


def registered_share(value: Array, p: Any) -> Array:
    """Return the share of technology contracts that a firm registers: tax relief against paperwork.

    Parameters
    ----------
    value : (n,) million CNY of contracts a quarter
    p : transfer parameters

    Returns
    -------
    (n,) in [0, 1)
    """
    advantage = np.log(np.maximum(p.registration_relief * value, 1e-9) / p.registration_paperwork)
    return 1.0 / (1.0 + np.exp(-advantage / p.registration_spread))


def service_contracts(
    sales: Array, services: Array, research_norm: Array, newness: Array, luck: Array, p: Any
) -> Array:
    """Return development, consulting and service contracts that firms sell, a part of their sales.

    Parameters
    ----------
    sales : (n,) million CNY a quarter
    services : (n,) bool, producer services
    research_norm : (n,) R&D norm of the industry over the mean of industries
    newness : (n,) share of sales from new products
    luck : (n,) lasting, standard normal
    p : transfer parameters

    Returns
    -------
    (n,) million CNY, at most half of the sales
    """
    share = np.where(services, p.service_share, p.technology_share * research_norm)
    return sales * np.minimum(share * (0.7 + newness) * np.exp(p.contract_spread * luck), 0.5)

"""Innovation consortia: a leader, its suppliers and an institute around a need of the industry."""

from __future__ import annotations

from typing import Any

import numpy as np

from simulation.populations.columns import Array

LEADING_TIER = 3
"""Lowest tier of firms that found consortia: high-tech enterprises."""


def founding_rate(tier: Array, absorption: Array, gap: Array, memberships: Array, p: Any) -> Array:
    """Return the rate at which firms start a consortium: able ones with a gap to close and time for it.

    Parameters
    ----------
    tier : (n,) 1 to 4; only high-tech enterprises and leaders lead
    absorption : (n,) absorptive capacity
    gap : (n,) distance of the firm's main field to the frontier
    memberships : (n,) consortia the firm belongs to
    p : transfer parameters

    Returns
    -------
    (n,) a quarter
    """
    able = (tier >= LEADING_TIER) * np.where(tier == 4, p.leader_weight, 1.0)
    return p.founding_rate * able * absorption * np.clip(gap, 0.0, 1.0) * busy(memberships, p)


def busy(memberships: Array, p: Any) -> Array:
    """Return how open firms are to another consortium; each one they belong to takes attention.

    Parameters
    ----------
    memberships : (n,)
    p : transfer parameters

    Returns
    -------
    (n,) in (0, 1]
    """
    return np.exp(-p.membership_load * memberships)


def encouragement(matching: Array | float, cost_share: Array | float, p: Any) -> Array | float:
    """Return how much more readily firms start or join a consortium that is brokered and in part paid for.

    Parameters
    ----------
    matching : (...) rise of the rate by matchmaking
    cost_share : (...) share of the fee that firms expect to be repaid, below one
    p : transfer parameters

    Returns
    -------
    (...) at least one; one without either
    """
    return (1.0 + matching) * (1.0 - cost_share) ** -p.fee_elasticity


def partner_appeal(expertise: Array, distance: Array, trust: Array, p: Any) -> Array:
    """Return the log appeal of institutes as partner in a field.

    Parameters
    ----------
    expertise : (..., I) in the field, in [0, 1]
    distance : (..., I) km
    trust : (..., I) in [0, 1]
    p : transfer parameters

    Returns
    -------
    (..., I) log
    """
    return np.log(expertise + 1e-3) - distance / p.far_decay + np.log1p(p.trust_effect * trust)


def joining_rate(
    affinity: Array, interest: Array, distance: Array, absorption: Array, memberships: Array, p: Any
) -> Array:
    """Return the rate at which firms that are asked join a consortium.

    Parameters
    ----------
    affinity : (...) of the industries: inputs bought from the firm's industry, plus kinship within one
    interest : (...) weight of the consortium's field relative to the firm's main field
    distance : (...) km to the leader
    absorption, memberships : (...) of the firm
    p : transfer parameters

    Returns
    -------
    (...) non-negative
    """
    proximity = p.joining_far + (1.0 - p.joining_far) * np.exp(-distance / p.joining_decay)
    return p.joining_rate * affinity * interest * proximity * absorption * busy(memberships, p)


def affinity(inputs: Array, p: Any) -> Array:
    """Return how industries are bound together in the chain, as buyers, suppliers or rivals with one need.

    Parameters
    ----------
    inputs : (S, S) inputs over sales, rows buy from columns
    p : transfer parameters

    Returns
    -------
    (S, S)
    """
    return np.maximum(inputs, inputs.T) + p.kinship * np.eye(len(inputs))


def first_joiners(wants: Array, most: int) -> Array:
    """Return who is admitted: the first `most` of those who want to, in the order in which they were asked.

    Parameters
    ----------
    wants : (n, K) bool
    most : members besides the leader

    Returns
    -------
    (n, K) bool
    """
    return wants & (np.cumsum(wants, axis=1) <= most)

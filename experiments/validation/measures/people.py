"""People: the labour market over the cycle, and skilled migration."""

from __future__ import annotations

import numpy as np
from scipy import signal

from experiments.validation.estimators.panels import partial_slope
from experiments.validation.observation import Array, History

Figures = dict[str, float]


def beveridge(history: History) -> Figures:
    """Return the correlation over quarters of the vacancy rate with unemployment of talent, both less a linear trend.

    `raw` leaves the trends in.
    """
    vacancies, jobless = history.series["vacancy_rate"], history.series["unemployment"]
    if len(jobless) < 12 or not (np.isfinite(vacancies).all() and np.ptp(vacancies) and np.ptp(jobless)):
        return {}
    detrended = [signal.detrend(series) for series in (vacancies, jobless)]
    return {
        "correlation": float(np.corrcoef(detrended[0], detrended[1])[0, 1]),
        "raw": float(np.corrcoef(vacancies, jobless)[0, 1]),
    }


def migration(history: History) -> Figures:
    """Return the response of net skilled migration to wages and to amenities.

    Wages: net arrivals in a year over people of a labour segment (skill and field), on last year's log wage of the
    segment, with constants for segments and years. Amenities: net arrivals over residents of a cell on its amenity,
    given its log housing cost, with constants for years. Weighted by people; local graduates, the retired and moves
    within the district are left out.
    """
    if history.years < 3:
        return {}
    rate, people = _net_rate(history.segments, history.years)
    wage = np.log(_yearly_mean(history.segments["wage"], history.years))
    year, segment = np.nonzero(people[1:] >= 5)
    wages = partial_slope(
        rate[year + 1, segment], wage[year, segment], np.empty((len(year), 0)), (segment, year),
        people[year + 1, segment],
    )  # fmt: skip
    rate, people = _net_rate(history.cells, history.years)
    amenity = _yearly_mean(history.cells["amenity"], history.years)
    cost = np.log(_yearly_mean(history.cells["housing_cost"], history.years))
    year, cell = np.nonzero(people >= 5)
    amenities = partial_slope(
        rate[year, cell], amenity[year, cell], cost[year, cell][:, None], (year,), people[year, cell]
    )
    return {"wages": wages, "amenities": amenities}


def _net_rate(table: dict[str, Array], years: int) -> tuple[Array, Array]:
    """Return net arrivals of a year over people, and people, both (years, n)."""
    flows = (table["came"] - table["left"]).astype(np.float64)
    net = flows[: 4 * years].reshape(years, 4, -1).sum(axis=1)
    people = _yearly_mean(table["people"], years)
    return net / np.maximum(people, 1.0), people


def _yearly_mean(values: Array, years: int) -> Array:
    return values[: 4 * years].reshape(years, 4, -1).mean(axis=1)

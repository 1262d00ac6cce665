"""Columns of the tables that are not agents: cells, industries, labour segments, regions outside."""

from __future__ import annotations

from simulation.populations.columns import Column

CELL_COLUMNS = {
    "floor_space": Column("float64", "thousand m2", "Floor space for business", low=0),
    "occupied": Column("float64", "thousand m2", "Floor space in use (at the run's scale)", low=0),
    "housing": Column("float64", "dwellings", "Dwellings for skilled households", low=0),
    "rent": Column("float64", "million CNY per thousand m2", "Rent a quarter", low=0),
    "housing_cost": Column("float64", "million CNY a year", "Housing cost of a household", low=0),
    "amenity": Column("float64", "index", "Amenity; 0 is the initial mean", low=-5, high=5),
    "access": Column("float64", "index", "Access to rail and trunk roads", low=0, high=1.5),
    "incubator_places": Column("float64", "places", "Incubator places", low=0),
    "knowledge_pool": Column("float64", "1", "Knowledge in reach, relative to the frontier", width="fields", low=0),
    "research": Column("float64", "million CNY", "Effective R&D of a quarter in reach, at 1:1", width="fields", low=0),
    "residents": Column("float64", "people", "Talent living here (at the run's scale)", low=0),
    "firms": Column("float64", "firms", "Firms here (at the run's scale)", low=0),
}

INDUSTRY_COLUMNS = {
    "world_demand": Column("float64", "million CNY", "World demand addressed to the district at base share", low=0),
    "demand": Column("float64", "million CNY", "Demand for the district's firms this quarter", low=0),
    "sales": Column("float64", "million CNY", "Sales of the quarter", low=0),
    "cost": Column("float64", "1", "Sales-weighted mean log productivity that competitors are measured against"),
    "share": Column("float64", "1", "District's share of world demand relative to the start", default=1, low=0),
    "local_sourcing": Column("float64", "1", "Share of inputs bought in the district", default=0.2, low=0, high=1),
    "shock": Column("float64", "1", "Log deviation of world demand from trend"),
    "price": Column("float64", "1", "Log price of its goods relative to the start, as competition leaves it"),
    "input_share": Column("float64", "1", "Inputs bought over sales at mean productivity", low=0, high=1),
    "labour_share": Column("float64", "1", "Wages of other staff over sales at mean productivity", low=0, high=1),
}

SEGMENT_COLUMNS = {
    "wage": Column("float64", "million CNY a year", "Going wage", default=0.2, low=0),
    "vacancies": Column("float64", "jobs", "Vacancies of the quarter before matching", low=0),
    "seekers": Column("float64", "people", "People looking for a job, weighted by effort, before matching", low=0),
    "tightness": Column("float64", "1", "Vacancies over seekers, smoothed", default=1.0, low=0),
}
"""Segments: research by field, skilled by field, then broker, finance, management."""

EXTERNAL_COLUMNS = {
    "travel_time": Column("float64", "minute", "Travel time", low=0),
    "link": Column("float64", "1", "Strength of links in knowledge, beside travel", default=1, low=0),
    "wage": Column("float64", "million CNY a year", "Wage of a mean skilled person", low=0),
    "knowledge": Column("float64", "1", "Knowledge by field relative to the frontier", width="fields", low=0),
    "came": Column("float64", "people", "People who came this quarter", low=0),
    "left": Column("float64", "people", "People who left for it this quarter", low=0),
}

NEIGHBOUR_COLUMNS = {
    "firms": Column("float64", "firms", "Firms left (at the run's scale)", low=0),
    "talent": Column("float64", "people", "Talent left (at the run's scale)", low=0),
    "tax": Column("float64", "million CNY", "Tax a quarter (at the run's scale)", low=0),
    "response": Column("float64", "1", "Strength with which it matches the district's incentives", low=0, high=1),
}

"""Parameters of migration."""

from __future__ import annotations

from simulation.parameters import Parameters, param

BySkill = tuple[float, float, float, float, float]


class MigrationParameters(Parameters, group="migration"):
    """What makes talent come, stay and leave; weights by skill in the order of SKILLS."""

    wage_weight: BySkill = param((1.6, 1.5, 1.5, 1.6, 1.6), unit="1", source="Tombe and Zhu (2019), about 1.5")
    """Weight of the log wage."""
    housing_weight: BySkill = param((0.6, 1.1, 0.8, 0.7, 0.6), unit="1", source="assumption")
    """Weight of the log housing cost."""
    amenity_weight: BySkill = param((1.4, 0.5, 0.9, 1.1, 1.2), unit="1", source="assumption")
    """Weight of amenity and services."""
    career_weight: float = param(0.3, unit="1", bounds=(0.0, 2.0), source="assumption")
    """Weight of careers for those who might come: the log share of work with certified firms and institutes."""
    tightness_weight: float = param(
        0.6, unit="1", bounds=(0.0, 2.0),
        source="Harris and Todaro (1970): the wage's weight times the chance's elasticity, "
        "Petrongolo and Pissarides (2001), 0.3-0.5 (M)",
    )
    """Weight of log tightness: what people may expect to earn is the wage times the chance of a job."""
    distance_weight: float = param(0.55, unit="1", bounds=(0.0, 3.0), source="assumption")
    """Weight of log travel time."""
    reference_time: float = param(50.0, unit="minute", bounds=(1.0, 500.0), source="assumption")
    """Travel time at which distance neither adds nor takes away."""
    ability_reluctance: float = param(0.25, unit="1", bounds=(0.0, 2.0), source="assumption")
    """How much less the able are drawn here, for each standard deviation above the mean."""
    barrier_weight: float = param(0.6, unit="1", bounds=(0.0, 3.0), source="assumption")
    """Weight of an outside place's settlement barrier, against going there and for coming from there."""
    leaving: float = param(0.065, unit="1", bounds=(0.001, 0.5), per="year", kind="probability", source="assumption")
    """Share of residents leaving in a year under the conditions of the start."""
    growth: float = param(0.01, unit="1", bounds=(-0.1, 0.1), per="year", kind="growth", source="assumption")
    """Growth of talent under the conditions of the start; sets how reluctant candidates are on average."""
    jobless_leaving: float = param(2.5, unit="1", bounds=(1.0, 20.0), source="assumption")
    """How much more those out of work for half a year leave."""
    settled_age: float = param(0.05, unit="1/year", bounds=(0.0, 0.3), source="assumption")
    """Fall of the readiness to move with each year of age."""
    ability_mobility: float = param(0.25, unit="1", bounds=(0.0, 2.0), source="assumption")
    """Readiness to leave for each standard deviation of ability."""
    neighbour_pull: float = param(0.4, unit="1", bounds=(0.0, 5.0), source="assumption")
    """Pull of a neighbour district, where external regions have theirs in the region file."""
    neighbour_wage: float = param(0.97, unit="1", bounds=(0.3, 3.0), source="assumption")
    """Wage in neighbour districts relative to here at the start."""
    neighbour_housing: float = param(0.92, unit="1", bounds=(0.2, 3.0), source="assumption")
    """Housing cost in neighbour districts relative to here at the start."""
    neighbour_amenity: float = param(-0.1, unit="index", bounds=(-3.0, 3.0), source="assumption")
    """Amenity of neighbour districts."""
    neighbour_candidates: float = param(0.03, unit="1", bounds=(0.0, 0.5), per="year", kind="flow", source="assumption")
    """Share of the neighbours' talent that thinks of moving in a year."""
    outside_wage_growth: float = param(
        0.045, unit="1", bounds=(0.0, 0.1), per="year", kind="growth", source="assumption"
    )
    """Growth of wages in external regions and neighbour districts."""
    window_weight: float = param(0.5, unit="1", bounds=(0.0, 5.0), source="assumption")
    """What a person outside who has met the district at an office there gains more by coming."""
    commuting_time: float = param(40.0, unit="minute", bounds=(5.0, 300.0), source="assumption")
    """Travel time at which commuting instead of moving has become rarer by 1 - 1/e."""
    advising_time: float = param(60.0, unit="minute", bounds=(5.0, 300.0), source="assumption")
    """Travel time at which advising from outside has become rarer by 1 - 1/e."""
    advising_margin: float = param(1.0, unit="1", bounds=(0.0, 5.0), source="assumption")
    """How close to coming a researcher outside must be to advise here part-time."""
    advising_end: float = param(0.10, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of advisers that stop in a quarter."""
    graduates: float = param(0.03, unit="1", bounds=(0.0, 0.3), per="year", kind="flow", source="assumption")
    """Local graduates in a year relative to the talent of the start."""
    graduate_skills: BySkill = param((0.30, 0.55, 0.03, 0.05, 0.07), unit="1", source="assumption")
    """Skills of local graduates."""
    graduates_staying: float = param(0.55, unit="1", bounds=(0.01, 0.99), source="assumption")
    """Share of local graduates that stay under the conditions of the start."""
    retirement_low: float = param(55.0, unit="year", bounds=(40.0, 75.0), source="assumption")
    """Earliest age of retirement."""
    retirement_high: float = param(65.0, unit="year", bounds=(45.0, 80.0), source="assumption")
    """Latest age of retirement; everybody has an own one between the two."""
    retiring_start: float = param(0.008, unit="1", bounds=(0.0, 0.1), per="year", kind="flow", source="assumption")
    """Share of talent retiring in a year under the conditions of the start."""
    ability_spread: float = param(0.30, unit="1", bounds=(0.01, 1.0), source="assumption")
    """Standard deviation of candidates' log ability."""
    top_share: float = param(0.02, unit="1", bounds=(0.0, 0.5), source="assumption")
    """Share of candidates in research and management, those of highest ability, that are top talent."""
    moving_house: float = param(0.08, unit="1", bounds=(0.0, 1.0), per="year", kind="probability", source="assumption")
    """Share of residents that move within the district in a year."""
    job_distance: float = param(5.0, unit="km", bounds=(0.5, 50.0), source="assumption")
    """Distance at which the pull of jobs on the choice of a home has fallen to 1/e."""
    homes_seen: int = param(12, unit="dwellings", bounds=(1, 100), source="assumption")
    """Dwellings among which a household chooses its home."""
    job_pull: float = param(0.5, unit="1", bounds=(0.0, 3.0), source="assumption")
    """Weight of nearness to jobs in the choice of a home."""

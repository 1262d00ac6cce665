"""Parameters of the labour market."""

from __future__ import annotations

from simulation.parameters import Parameters, param


class LabourParameters(Parameters, group="labour"):
    """How employers and talent find each other, and at what wage."""

    wage_trend: float = param(0.045, unit="1", bounds=(0.0, 0.1), per="year", kind="growth", source="assumption")
    """Growth of labour productivity and of wages, here and outside alike."""
    demand_elasticity: float = param(
        0.6, unit="1", bounds=(0.0, 2.0), source="assumption: near the mean of Lichter et al. (2015), 0.55 (M)"
    )
    """Percent fewer people of a skill wanted for each percent higher wage beyond the trend; researchers: one."""
    smallest_rd_sales: float = param(1.2, unit="million CNY", bounds=(0.0, 20.0), source="assumption")
    """Yearly sales below which a firm's R&D budget no longer falls."""
    finance_in_funds: float = param(0.28, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of finance people that funds and banks employ at the start."""
    institute_skilled: float = param(0.10, unit="1", bounds=(0.0, 0.3), source="assumption")
    """Share of skilled workers in an institute's staff; researchers are the rest."""
    institute_broker: float = param(0.06, unit="1", bounds=(0.0, 0.3), source="assumption")
    """Share of technology brokers in an institute's staff."""
    institute_management: float = param(0.12, unit="1", bounds=(0.0, 0.3), source="assumption")
    """Share of managers in an institute's staff."""
    fund_staff: float = param(3.0, unit="people", bounds=(0.0, 50.0), source="assumption")
    """Finance people of a fund with an office in the district."""
    angel_staff: float = param(0.5, unit="people", bounds=(0.0, 10.0), source="assumption")
    """Finance people of an angel."""
    virtual_office: float = param(0.3, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Local staff of a fund with a virtual presence, relative to an ordinary one."""
    real_office: float = param(1.5, unit="1", bounds=(0.0, 5.0), source="assumption")
    """Local staff of a fund with a real office in fund town, relative to an ordinary one."""
    bank_staff: float = param(0.05, unit="people a firm", bounds=(0.0, 1.0), source="assumption")
    """Finance people that the banks together employ for each firm of the district."""
    guarantor_staff: float = param(0.004, unit="people a firm", bounds=(0.0, 0.1), source="assumption")
    """Finance people of the guarantor for each firm of the district."""
    hiring_cash: float = param(0.25, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of its cash that a firm would spend on the quarterly wages of new staff."""
    distress_cut: float = param(0.15, unit="1", bounds=(0.0, 0.9), source="assumption")
    """Share of staff given up by a firm that is overdrawn, overdue or has lost money for a year."""
    plan_inertia: float = param(
        0.5, unit="people", bounds=(0.0, 5.0), source="assumption; steps: Hamermesh (1989)"
    )
    """Change of its need for a skill, beyond the next whole person, that an employer lets pass without a new plan."""
    layoff_tolerance: float = param(0.10, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Excess over wanted staff that a firm keeps."""
    layoff_speed: float = param(0.5, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of the staff beyond the tolerance that is laid off in a quarter."""
    quit_rate: float = param(0.135, unit="1", bounds=(0.0, 0.5), per="year", kind="probability", source="assumption")
    """Yearly chance of leaving a job without a new one when tightness is at its reference."""
    search_rate: float = param(0.003, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of the employed who tire of their employer and look around in a quarter, at the reference tightness."""
    cyclicality: float = param(0.2, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Elasticity of quits and of search in work with respect to tightness."""
    effort_in_work: float = param(0.3, unit="1", bounds=(0.0, 1.0), source="assumption")
    """How much those in work who look around count as seekers in tightness."""
    tightness_reference: float = param(2.3, unit="1", bounds=(0.05, 5.0), source="assumption")
    """Vacancies over seekers at which wages follow the common trend."""
    wage_response: float = param(0.03, unit="1", bounds=(0.0, 0.2), source="assumption")
    """Growth of a segment's wage in a quarter for each log point of tightness above the reference."""
    wage_catch_up: float = param(0.15, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of the gap to the going wage that a person's own wage closes in a quarter."""
    ability_return: float = param(1.0, unit="1", bounds=(0.0, 2.0), source="assumption")
    """Percent higher wage for each percent higher ability."""
    mean_ability: float = param(1.046, unit="1", bounds=(0.5, 3.0), source="assumption")
    """Mean ability; log ability has mean 0 and standard deviation 0.30 at the start."""
    pay_spread: float = param(0.06, unit="1", bounds=(0.0, 0.5), source="assumption")
    """Standard deviation of what employers pay beyond the going wage, in logs."""
    rent_sharing: float = param(0.15, unit="1", bounds=(0.0, 0.5), source="Card et al. (2018), 0.05-0.15 (M)")
    """Percent higher wage for each percent higher productivity of the firm."""
    options: float = param(3.0, unit="jobs", bounds=(0.5, 20.0), source="assumption")
    """Open jobs that a seeker knows of in a market as thick as at the start."""
    options_most: int = param(7, unit="jobs", bounds=(1, 30), source="assumption")
    """Most open jobs that a seeker looks at in a quarter."""
    usual_openings: float = param(0.07, unit="1", bounds=(0.005, 0.5), source="assumption")
    """Open jobs over people in a segment at the start; sets how much of the market a seeker oversees."""
    rounds: int = param(3, unit="rounds", bounds=(1, 20), source="assumption")
    """Applications that a seeker can make in a quarter."""
    place_jitter: float = param(4.0, unit="km", bounds=(0.0, 50.0), source="assumption")
    """Standard deviation of how far from home people look and how far from the plant jobs are known."""
    wage_weight: float = param(2.0, unit="1", bounds=(0.0, 10.0), source="assumption")
    """Weight of the log wage in the choice of a job."""
    taste: float = param(0.6, unit="1", bounds=(0.0, 3.0), source="assumption")
    """Weight of a person's own liking of an employer."""
    distance_cost: float = param(0.02, unit="1/km", bounds=(0.0, 0.5), source="assumption")
    """Weight of the way to work."""
    travel_cost: float = param(0.008, unit="1/minute", bounds=(0.0, 0.1), source="assumption")
    """Weight of the way to a job in an external region."""
    readiness: float = param(2.0, unit="1", bounds=(-2.0, 4.0), source="assumption")
    """What those who are tired of their employer would give up for another, in units of utility."""
    reservation: float = param(0.70, unit="1", bounds=(0.05, 1.0), source="assumption")
    """Lowest wage that those out of work accept at first, relative to the last one."""
    patience: float = param(0.10, unit="1", bounds=(0.0, 0.9), source="assumption")
    """Fall of the lowest acceptable wage in a quarter of search."""
    judgement_noise: float = param(0.5, unit="1", bounds=(0.0, 3.0), source="assumption")
    """Standard deviation of employers' judgement of those they may dismiss, in logs of ability."""
    fit_weight: float = param(1.0, unit="1", bounds=(0.0, 3.0), source="assumption")
    """Weight of the mutual liking in an employer's judgement of an applicant, in logs of ability."""
    retraining: float = param(0.10, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Chance in a quarter that somebody out of work for half a year turns to a field with vacancies."""
    training_rate: float = param(
        0.33, unit="1", bounds=(0.0, 0.95), per="year", kind="probability",
        source="State Council (2002): 1.5 % of payroll for training (M), a third of a course a year",
    )
    """Chance that a firm sends a skilled worker to a course at its own cost in a year."""
    course_cost: float = param(0.006, unit="million CNY", bounds=(0.0, 0.5), source="assumption")
    """What a course costs, paid to trainers."""
    course_gain: float = param(
        0.015, unit="1", bounds=(0.0, 0.3), source="Konings (2008): training, productivity +1-2 %"
    )
    """Log ability gained in a first course that the employer pays for."""
    training_elasticity: float = param(
        0.25, unit="1", bounds=(0.0, 3.0),
        source="assumption: between Abramovsky et al. (2011), near none, and Hidalgo et al. (2014), 45 to 65 % (M)",
    )
    """Percent more courses that employers want for each percent less that they bear of the cost."""
    training_most: float = param(0.06, unit="1", bounds=(0.001, 1.0), source="assumption")
    """Log ability that courses can add to a skilled worker in all."""
    training_least: float = param(0.25, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Part of what a first course brings below which nobody is sent to another."""
    training_loss: float = param(0.10, unit="1", bounds=(0.0, 1.0), per="year", kind="probability", source="assumption")
    """Share of what was learnt in courses that is forgotten or out of date a year later."""
    course_time: float = param(0.10, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Part of the quarter that a course keeps a worker from the job."""
    course_age: float = param(45.0, unit="year", bounds=(20.0, 65.0), source="assumption")
    """Age at which people no longer learn a new trade."""
    course_trouble: float = param(0.15, unit="1", bounds=(0.0, 2.0), source="assumption")
    """Log wage that a new trade must pay above the old one to be worth the change."""
    finding_elasticity: float = param(
        0.4, unit="1", bounds=(0.0, 1.0), source="Petrongolo and Pissarides (2001), 0.3-0.5 (M)"
    )
    """Percent more chance of a job with each percent more vacancies for a seeker, as who learns a trade sees it."""
    course_passed: float = param(0.75, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of those in a course for a new trade who are certified in the end."""
    smoothing: float = param(0.15, unit="1", bounds=(0.01, 1.0), source="assumption")
    """Weight of the quarter in smoothed tightness."""

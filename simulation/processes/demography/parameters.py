"""Parameters of demography: candidates, their decision, places, and the closing of firms."""

from __future__ import annotations

from simulation.parameters import Parameters, param


class DemographyParameters(Parameters, group="demography"):
    """Candidates, what makes them enter, where they go, and when owners give up."""

    # pools of candidates
    background_candidates: float = param(32.3, unit="1/1000 firms", bounds=(0.0, 1e3), source="assumption")
    """People a quarter who think of founding a firm, for each thousand firms of the region's level."""
    neighbour_candidates: float = param(0.0005, unit="1", bounds=(0.0, 0.05), source="assumption")
    """Share of the neighbours' firms that think of moving here in a quarter."""
    idea_rate: float = param(0.0007, unit="1", bounds=(0.0, 0.05), source="assumption")
    """Chance a quarter that an employed researcher or manager of mean ability has an idea for a firm."""
    idea_ability: float = param(0.8, unit="1", bounds=(0.0, 3.0), source="assumption")
    """Effect of log ability on the log chance of an idea."""
    most_ideas: float = param(6.0, unit="1", bounds=(1.0, 100.0), source="assumption")
    """Chance of an idea of the ablest people relative to people of mean ability, at most."""
    founder_age: float = param(55.0, unit="year", bounds=(30.0, 70.0), source="assumption")
    """Age at which people no longer found firms."""
    youngest_founder: float = param(22.0, unit="year", bounds=(16.0, 30.0), source="assumption")
    """Age from which background founders' ages are spread evenly up to the age at which people no longer found."""
    growth_lean: float = param(5.0, unit="1", bounds=(0.0, 20.0), source="assumption")
    """How much more founders choose an industry for each unit of its yearly growth, log points."""
    # what candidates bring
    start_sales: float = param(0.35, unit="million CNY", bounds=(0.01, 10.0), indexed=True, source="assumption")
    """Median sales of a new firm in a quarter."""
    start_sales_spread: float = param(0.8, unit="1", bounds=(0.0, 2.0), source="assumption")
    """Standard deviation of the logarithm of a new firm's sales."""
    start_cash: float = param(1.45, unit="million CNY", bounds=(0.01, 50.0), indexed=True, source="assumption")
    """Median cash of a new firm after it has bought its equipment."""
    start_cash_spread: float = param(0.6, unit="1", bounds=(0.0, 2.0), source="assumption")
    """Standard deviation of the logarithm of a new firm's cash."""
    technology_threshold: float = param(0.05, unit="1", bounds=(0.0, 1.0), source="assumption")
    """R&D over sales from which a new firm counts as a technology firm."""
    technology_cash: float = param(1.8, unit="1", bounds=(0.5, 10.0), source="assumption")
    """Cash of new technology firms relative to others."""
    research_spread: float = param(0.9, unit="1", bounds=(0.0, 2.0), source="assumption")
    """Standard deviation of log R&D intensity among new firms of an industry."""
    bred_research: float = param(2.0, unit="1", bounds=(0.5, 5.0), source="assumption")
    """R&D intensity of spin-offs and founders' firms relative to others."""
    most_research: float = param(0.35, unit="1", bounds=(0.0, 2.0), source="assumption")
    """Highest R&D intensity of a new firm."""
    quality_spread: float = param(0.24, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Log productivity that a standard deviation of quality is worth."""
    start_knowledge: float = param(0.45, unit="1", bounds=(0.0, 1.5), source="assumption")
    """Knowledge of a new firm in its own fields relative to the frontier, beside what it finds on the spot."""
    spin_off_knowledge: float = param(0.8, unit="1", bounds=(0.0, 1.5), source="assumption")
    """Knowledge of a spin-off in the field of its result relative to the frontier."""
    spin_off_quality: float = param(0.3, unit="1", bounds=(-2.0, 2.0), source="assumption")
    """Mean quality of spin-offs, standard deviations."""
    founder_quality: float = param(1.0, unit="1", bounds=(0.0, 5.0), source="assumption")
    """Quality of a founder's firm for each unit of the founder's log ability, standard deviations."""
    mover_sales: float = param(2.5, unit="million CNY", bounds=(0.01, 50.0), indexed=True, source="assumption")
    """Median sales of a firm that moves in, a quarter."""
    mover_cash: float = param(0.3, unit="quarters of sales", bounds=(0.0, 10.0), source="assumption")
    """Cash that a firm brings with it for its size."""
    mover_quality: float = param(0.3, unit="1", bounds=(-2.0, 2.0), source="assumption")
    """Mean quality of firms that move in, standard deviations."""
    mover_team: float = param(0.9, unit="people", bounds=(0.0, 100.0), source="assumption")
    """Skilled people that a firm brings with it for each million CNY of quarterly sales, on average."""
    member_ability: float = param(0.30, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Standard deviation of the log ability of those people."""
    commute_weight: float = param(0.15, unit="1/km", bounds=(0.0, 2.0), source="assumption")
    """Value that those people lose with each km between home and firm."""
    mover_certified: float = param(0.5, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of moving technology firms that hold a valid high-tech certificate."""
    # large projects
    project_sales: float = param(
        800.0, unit="million CNY a year", bounds=(1.0, 1e5), extensive=True, source="assumption"
    )
    """Median sales that a large project reckons with."""
    project_spread: float = param(0.4, unit="1", bounds=(0.0, 2.0), source="assumption")
    """Standard deviation of their logarithm."""
    project_optimism: float = param(0.15, unit="1", bounds=(0.0, 2.0), source="assumption")
    """By how much it promises more than it reckons with."""
    project_start: float = param(0.6, unit="1", bounds=(0.05, 1.0), source="assumption")
    """Sales with which it starts over those that it reckons with."""
    project_cash: float = param(1.0, unit="quarters of sales", bounds=(0.05, 10.0), source="assumption")
    """Cash that its parent gives it besides the plant."""
    project_customers: float = param(0.8, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of its customers at the start who come along with it; the others are won from firms here."""
    project_team: float = param(0.3, unit="people", bounds=(0.0, 10.0), source="assumption")
    """Skilled people that it brings for each million CNY of quarterly sales; it hires the others here."""
    outside_project: float = param(4.0, unit="1", bounds=(-10.0, 20.0), source="assumption")
    """Value to a large project of building elsewhere, where nobody makes it an offer here."""
    offer_weight: float = param(8.0, unit="1", bounds=(0.0, 50.0), source="assumption")
    """Weight of the share of its plant that the public pays."""
    # the decision to enter
    margin_weight: float = param(6.0, unit="1", bounds=(0.0, 50.0), source="assumption")
    """Weight of the industry's published margin."""
    usual_margin: float = param(0.05, unit="1", bounds=(-0.2, 0.5), source="assumption")
    """Margin at which founders are neither drawn nor put off."""
    quality_weight: float = param(0.4, unit="1", bounds=(0.0, 5.0), source="assumption")
    """Weight of what founders believe of their own quality."""
    quality_noise: float = param(1.0, unit="1", bounds=(0.0, 5.0), source="assumption")
    """Error of that belief, standard deviations."""
    funds_weight: float = param(0.5, unit="1", bounds=(0.0, 5.0), source="assumption")
    """Weight of the logarithm of own money over what a start of the size takes."""
    runway: float = param(4.0, unit="quarters of sales", bounds=(0.1, 20.0), source="assumption")
    """Own money that a start of a size takes."""
    credit_weight: float = param(0.8, unit="1", bounds=(0.0, 10.0), source="assumption")
    """Weight of the share of firms' demand for loans that goes without."""
    usual_rationing: float = param(0.5, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share going without that founders expect."""
    place_weight: float = param(0.4, unit="1", bounds=(0.0, 5.0), source="assumption")
    """Weight of the value of the best cell relative to the start."""
    services_weight: float = param(0.4, unit="1", bounds=(0.0, 5.0), source="assumption")
    """Weight of the logarithm of producer services' share of sales relative to the start."""
    administration_weight: float = param(
        0.16, unit="1", bounds=(0.0, 3.0), source="Branstetter et al. (2014): 17 % more firms"
    )
    """Value of having all of a firm's administrative time saved at entry, log points."""
    outside_background: float = param(0.1, unit="1", bounds=(-10.0, 10.0), source="assumption")
    """Value of the outside option of background founders."""
    outside_spin_off: float = param(0.3, unit="1", bounds=(-10.0, 10.0), source="assumption")
    """Value of leaving a result unused, to its would-be spin-off."""
    outside_founder: float = param(0.4, unit="1", bounds=(-10.0, 10.0), source="assumption")
    """Value of staying employed at the usual wage."""
    founder_wage_weight: float = param(0.8, unit="1", bounds=(0.0, 5.0), source="assumption")
    """Weight of the logarithm of the wage given up."""
    founder_usual_wage: float = param(0.27, unit="million CNY a year", bounds=(0.02, 5.0), source="assumption")
    """Wage at which a founder's outside option has its usual value."""
    outside_external: float = param(1.5, unit="1", bounds=(-10.0, 10.0), source="assumption")
    """Value to a firm of staying in an external region fifty minutes away."""
    travel_weight: float = param(0.6, unit="1", bounds=(0.0, 5.0), source="assumption")
    """How the log travel time from the old place puts moving firms off."""
    window_weight: float = param(0.7, unit="1", bounds=(0.0, 5.0), source="assumption")
    """What a firm outside that has met the district at an office there gives up less by coming."""
    outside_neighbour: float = param(1.8, unit="1", bounds=(-10.0, 10.0), source="assumption")
    """Value to a firm of staying in a neighbour district."""
    neighbour_response: float = param(0.3, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of a gain in the district's attraction that neighbours match in the end."""
    response_speed: float = param(0.3, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of the gap to that response closed in a quarter: most of it within two to four quarters."""
    # place
    peers_weight: float = param(0.35, unit="1", bounds=(0.0, 3.0), source="assumption")
    """Weight of the logarithm of firms of the own industry in reach."""
    knowledge_weight: float = param(1.0, unit="1", bounds=(0.0, 10.0), source="assumption")
    """Weight of what is to be overheard of useful research, times the own or the industry's relative R&D intensity."""
    access_weight: float = param(0.8, unit="1", bounds=(0.0, 5.0), source="assumption")
    """Weight of access, times the industry's relative R&D intensity."""
    amenity_weight: float = param(0.3, unit="1", bounds=(0.0, 5.0), source="assumption")
    """Weight of amenity, times the industry's relative R&D intensity."""
    rent_weight: float = param(1.0, unit="1", bounds=(0.0, 5.0), source="assumption")
    """Weight of log rent."""
    room_weight: float = param(2.0, unit="1", bounds=(0.0, 20.0), source="assumption")
    """Value lost with the log of the floor space needed over the vacant, where the cell has less than that."""
    incubator_weight: float = param(1.5, unit="1", bounds=(0.0, 5.0), source="assumption")
    """What a free incubator place adds to a cell's value for young technology firms."""
    distance_weight: float = param(0.10, unit="1/km", bounds=(0.0, 2.0), source="assumption")
    """Value lost with each km from the founder's home, the parent institute or the old site."""
    moving_cost: float = param(2.5, unit="1", bounds=(0.0, 20.0), source="assumption")
    """Value that a firm gives up by leaving its cell."""
    moving_bill: float = param(0.02, unit="years of sales", bounds=(0.0, 1.0), source="assumption")
    """Money that a move within the district costs."""
    restless: float = param(0.01, unit="1", bounds=(0.0, 1.0), per="year", kind="probability", source="assumption")
    """Chance that a firm with room enough looks around for another site."""
    cramped: float = param(0.25, unit="1", bounds=(0.0, 1.0), per="year", kind="probability", source="assumption")
    """Chance that a firm that needs room its cell does not have looks around."""
    resizing: float = param(0.20, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Chance a quarter that a firm far from the floor space it needs takes more or gives some back."""
    incubation: int = param(12, unit="quarter", bounds=(1, 40), source="assumption")
    """Age at which a firm leaves its incubator place."""
    shared_space: float = param(0.4, unit="1", bounds=(0.05, 1.0), source="assumption")
    """Floor space that a firm in an incubator rents relative to one outside: rooms and equipment are shared."""
    incubator_lessons: float = param(0.10, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of the gap to the knowledge in reach that an incubator's network closes for a new firm."""
    # closing
    closing_rate: float = param(0.15, unit="1", bounds=(0.0, 1.0), per="year", kind="probability", source="assumption")
    """Chance that owners who see no prospects and wait no longer close their firm."""
    hopeless: float = param(-0.02, unit="1", bounds=(-1.0, 1.0), source="assumption")
    """Expected margin, beyond what owners ask for their own work, below which half of them see no prospects."""
    owner_income: float = param(
        0.085, unit="million CNY a year", bounds=(0.0, 1.0), indexed=True, source="assumption: wage of ordinary staff"
    )
    """What owners of firms could earn in a job; they are content with a part of it."""
    own_work: float = param(
        0.65, unit="1", bounds=(0.0, 1.0), source="Hamilton (2000): owners earn a third less than in a job, for good"
    )
    """What people pay themselves, or ask, for work in their own firm relative to what they could earn elsewhere."""
    hope_spread: float = param(0.03, unit="1", bounds=(0.001, 1.0), source="assumption")
    """How widely owners differ in that margin for good, at most; in money by no more than their income elsewhere."""
    hoped_margin: float = param(0.06, unit="1", bounds=(-0.5, 0.5), source="assumption")
    """Margin that founders expect before they have seen any."""
    learning: float = param(1.5, unit="year", bounds=(0.0, 20.0), source="Jovanovic (1982), form; value: assumption")
    """Age at which owners trust what they have seen as much as what they hoped."""
    waiting: float = param(4.0, unit="quarter", bounds=(0.1, 40.0), source="assumption")
    """Quarters of losses and living covered by cash at which owners close half as readily."""
    retiring: float = param(0.02, unit="1", bounds=(0.0, 0.5), per="year", kind="probability", source="assumption")
    """Chance that the owner of a very small firm stops for reasons of age, health or a better job."""
    retiring_size: float = param(3.0, unit="million CNY", bounds=(0.01, 1e3), indexed=True, source="assumption")
    """Yearly sales at which that chance is halved, because the firm can be handed on."""
    resale: float = param(0.35, unit="1", bounds=(0.0, 1.0), source="assumption")
    """What a closing firm gets for its capital."""

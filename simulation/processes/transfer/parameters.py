"""Parameters of transfer: results and whom they meet, contracts, consortia, integration."""

from __future__ import annotations

from simulation.parameters import Parameters, param


class TransferParameters(Parameters, group="transfer"):
    """Results of institutes, contracts, technology services of firms, consortia, spin-off candidates."""

    # results
    result_rate: float = param(0.36, unit="results", bounds=(0.0, 10.0), source="assumption")
    """Results a quarter from one million CNY of institutes' effective R&D."""
    result_work_share: float = param(0.4, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Elasticity of results with respect to researchers' work."""
    researcher_cost: float = param(
        0.484,
        unit="million CNY a year",
        bounds=(0.05, 5.0),
        per="year",
        kind="flow",
        source="China 2022: R&D spending for each full-time equivalent",
    )
    """R&D spending that goes with a researcher."""
    value_level: float = param(-1.15, unit="1", bounds=(-5.0, 3.0), source="assumption")
    """Mean log value (million CNY) of a result to a well-fitting user."""
    value_spread: float = param(1.3, unit="1", bounds=(0.0, 3.0), source="assumption")
    """Standard deviation of that log value."""
    ageing: float = param(0.06, unit="1", bounds=(0.0, 0.5), source="assumption")
    """Share of its value that a result loses a quarter."""
    shelf_life: int = param(12, unit="quarter", bounds=(1, 60), source="assumption")
    """Age at which an unsold result is given up."""
    # meeting
    ring_window: int = param(24, unit="firms", bounds=(0, 200), source="assumption")
    """Firms anywhere in the district that a result comes before in a quarter."""
    local_window: int = param(6, unit="firms", bounds=(0, 200), source="assumption")
    """Firms near the institute that it comes before."""
    partner_window: int = param(3, unit="firms", bounds=(1, 200), source="assumption")
    """Firms known from earlier links that it comes before."""
    meeting_rate: float = param(0.12, unit="1", bounds=(0.0, 20.0), source="assumption")
    """Rate of meeting between a result and a well-fitting firm next door."""
    far_weight: float = param(0.5, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Strength of the channel that reaches over the district."""
    far_decay: float = param(25.0, unit="km", bounds=(1.0, 500.0), source="assumption")
    """Distance over which that channel fades to 37 %."""
    near_decay: float = param(1.2, unit="km", bounds=(0.1, 50.0), source="Arzaghi and Henderson (2008)")
    """Distance over which networking fades to 37 %."""
    trust_effect: float = param(2.5, unit="1", bounds=(0.0, 20.0), source="assumption")
    """Rise of the meeting rate with full trust."""
    park_reach: float = param(2.0, unit="km", bounds=(0.0, 20.0), source="assumption")
    """Distance between firm and institute within which they share a park."""
    broker_free: float = param(0.25, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Meetings that would happen without technology brokers."""
    broker_elasticity: float = param(0.7, unit="1", bounds=(0.0, 2.0), source="assumption")
    """Elasticity of the meeting rate with respect to broker capacity."""
    # contracts
    fit_elasticity: float = param(0.5, unit="1", bounds=(0.0, 2.0), source="assumption")
    """Elasticity of a result's use with respect to fit."""
    absorption_floor: float = param(0.5, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Part of a result's value that needs no absorptive capacity."""
    absorption_stock: float = param(1.0, unit="million CNY", bounds=(0.01, 100.0), source="assumption")
    """R&D stock at which absorptive capacity is one half."""
    taste_spread: float = param(0.4, unit="1", bounds=(0.0, 2.0), source="assumption")
    """Standard deviation of what firms of one kind think a result is worth, in logs."""
    price_share: float = param(0.45, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Price over what a result is worth to the buyer."""
    hurdle: float = param(0.06, unit="million CNY", bounds=(0.0, 5.0), source="assumption")
    """Cost of putting a result to use that the net gain must exceed."""
    purse_share: float = param(0.5, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of its cash that a firm may spend on a result."""
    licence_gain: float = param(0.10, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Log gain from a result worth one million CNY for a firm with one line of business."""
    largest_gain: float = param(0.4, unit="1", bounds=(0.0, 2.0), source="assumption")
    """Largest log gain from results in a quarter."""
    line_sales: float = param(3.0, unit="million CNY", bounds=(0.1, 100.0), source="assumption")
    """Yearly sales of a line of business."""
    line_exponent: float = param(0.9, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Elasticity of the number of lines with respect to sales."""
    lesson: float = param(0.03, unit="1", bounds=(0.0, 0.5), source="assumption")
    """Share of the gap to the frontier that a firm closes in a result's field at full absorption."""
    trust_contract: float = param(0.35, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of the gap to full trust that a contract closes."""
    trust_consortium: float = param(0.30, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of the gap to full trust that a consortium closes."""
    trust_decay: float = param(0.04, unit="1", bounds=(0.0, 0.5), source="assumption")
    """Share of trust lost a quarter without joint work."""
    trust_forgotten: float = param(0.02, unit="1", bounds=(0.0, 0.5), source="assumption")
    """Trust below which a link is forgotten."""
    leak_rate: float = param(0.03, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Rate a quarter at which a result is sold outside, for each unit of link strength."""
    travel_full: float = param(7.0, unit="minute", bounds=(0.0, 60.0), source="assumption")
    """Travel time up to which links to regions outside are at full strength."""
    travel_elasticity: float = param(
        0.9, unit="1", bounds=(0.0, 3.0), source="Disdier and Head (2008), mean of 1,467 estimates of gravity"
    )
    """Percent of a link to a region outside lost for each percent more travel time."""
    spin_off_rate: float = param(0.10, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Chance a quarter that somebody thinks of founding a firm on a result worth one million CNY."""
    # technology services and registration
    service_share: float = param(0.40, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Development, consulting and service contracts over sales of producer services."""
    technology_share: float = param(0.072, unit="1", bounds=(0.0, 1.0), source="assumption")
    """The same over sales of other industries, at a mean R&D norm."""
    contract_spread: float = param(0.4, unit="1", bounds=(0.0, 2.0), source="assumption")
    """Standard deviation among firms of the log share."""
    registration_relief: float = param(0.03, unit="1", bounds=(0.0, 0.5), source="assumption")
    """Tax relief and bonus for a registered contract over its value."""
    registration_paperwork: float = param(0.004, unit="million CNY", bounds=(1e-5, 1.0), source="assumption")
    """Cost of registering a quarter's contracts."""
    registration_spread: float = param(0.8, unit="1", bounds=(0.05, 5.0), source="assumption")
    """Spread among contracts of the log advantage of registering."""
    sham_firms: float = param(0.25, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of certified firms and tech SMEs that register ordinary or related-party sales as technology."""
    sham_share: float = param(0.15, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Part of their other sales that they so register, when it pays as well as real contracts."""
    # consortia
    founding_rate: float = param(0.012, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Rate a quarter at which an able high-tech enterprise starts a consortium, for a whole gap to the frontier."""
    leader_weight: float = param(3.0, unit="1", bounds=(0.0, 20.0), source="assumption")
    """How much more often innovation leaders do."""
    membership_load: float = param(0.7, unit="1", bounds=(0.0, 5.0), source="assumption")
    """Fall of the readiness for another consortium with each membership."""
    partner_noise: float = param(0.5, unit="1", bounds=(0.0, 5.0), source="assumption")
    """Scale of the taste of a leader for an institute."""
    asked: int = param(48, unit="firms", bounds=(1, 400), source="assumption")
    """Firms that a leader asks."""
    joining_rate: float = param(6.0, unit="1", bounds=(0.0, 50.0), source="assumption")
    """Rate of joining of a fully bound firm next door."""
    joining_far: float = param(0.3, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Part of that rate that distance does not touch."""
    joining_decay: float = param(5.0, unit="km", bounds=(0.1, 100.0), source="assumption")
    """Distance over which the rest fades to 37 %."""
    kinship: float = param(0.15, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Bond between firms of one industry, as strong as this share of inputs."""
    most_members: int = param(7, unit="firms", bounds=(1, 50), source="assumption")
    """Most members besides the leader."""
    shortest: int = param(8, unit="quarter", bounds=(1, 40), source="assumption")
    """Shortest life of a consortium."""
    longest: int = param(12, unit="quarter", bounds=(1, 60), source="assumption")
    """Longest life of a consortium."""
    fee_elasticity: float = param(0.5, unit="1", bounds=(0.0, 3.0), source="assumption")
    """Rise of the readiness to start or join one as the member's own part of the fee falls, in logs."""
    fee: float = param(0.03, unit="million CNY", bounds=(0.0, 1.0), source="assumption")
    """What a member pays the institute a quarter."""
    joint_rate: float = param(0.10, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Rate a quarter at which a well-fitting consortium brings a joint result to the market."""
    joint_gain: float = param(0.05, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Log gain of a member with one line of business from a joint result."""
    # integration
    need: float = param(0.010, unit="million CNY", bounds=(1e-4, 1.0), source="assumption")
    """Value of results that a firm of an industry of mean R&D norm needs a quarter."""

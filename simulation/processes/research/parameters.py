"""Parameters of research: budgets, reporting, knowledge, patents, projects, spending of institutes."""

from __future__ import annotations

from simulation.parameters import Parameters, param


class ResearchParameters(Parameters, group="research"):
    """R&D, knowledge, patents and projects of firms; spending of institutes."""

    # budgets
    rd_adjustment: float = param(
        0.10,
        unit="1",
        bounds=(0.0, 1.0),
        per="year",
        kind="probability",
        source="Bloom, Griffith and Van Reenen (2002)",
    )
    """Share of the gap to its long-run R&D intensity that a firm closes in a year."""
    rd_noise: float = param(0.12, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Standard deviation of the quarterly change of log R&D intensity of a firm of one million CNY yearly sales."""
    rd_noise_size: float = param(
        -0.25, unit="1", bounds=(-0.5, 0.0), source="Plerou et al. (1999): growth of research activities, -1/4"
    )
    """Elasticity of that standard deviation with respect to yearly sales."""
    user_cost_elasticity: float = param(
        -1.0, unit="1", bounds=(-3.0, 0.0), source="Bloom, Griffith and Van Reenen (2002)"
    )
    """Long-run elasticity of R&D with respect to its user cost."""
    usual_user_cost: float = param(0.75, unit="1", bounds=(0.1, 1.0), source="tax law: rate 25 %, 75 % deducted twice")
    """User cost of a yuan of R&D under which the industry norms were observed."""
    smallest_base: float = param(0.3, unit="million CNY", bounds=(0.0, 10.0), source="assumption")
    """Quarterly sales from which the smallest firms reckon their R&D."""
    liquidity_buffer: float = param(0.25, unit="1", bounds=(0.01, 2.0), source="assumption")
    """Cash over quarterly sales with which a firm feels free to do its R&D in full."""
    liquidity_low: float = param(0.2, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of its planned R&D that a firm does even without cash."""
    liquidity_high: float = param(0.82, unit="1", bounds=(0.2, 1.5), source="assumption")
    """Share of its target R&D that a firm with ample cash plans; certificates and venture money bring more."""
    young_cash_share: float = param(0.01, unit="1", bounds=(0.0, 0.5), source="assumption")
    """Share of its cash that a young technology firm puts into R&D besides, a quarter."""
    young_age: int = param(20, unit="quarter", bounds=(0, 100), source="assumption")
    """Age up to which a technology firm counts as young."""
    technology_norm: float = param(0.03, unit="1", bounds=(0.0, 0.2), source="assumption")
    """R&D norm of an industry from which its firms count as technology firms."""
    runway: float = param(6.0, unit="quarter", bounds=(1.0, 40.0), source="assumption")
    """Time for which the cash of a firm with losses is to last when it plans R&D that it does not earn."""
    retrenchment: float = param(0.5, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share by which a firm with losses closes the gap to the R&D that it can afford, a quarter."""
    stock_decay: float = param(0.05, unit="1", bounds=(0.0, 0.5), source="assumption")
    """Share of the R&D stock that is obsolete after a quarter."""
    # grants
    application_rate: float = param(0.5, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of eligible firms that do research which hand in a proposal at a call for grants."""
    panel_noise: float = param(1.0, unit="1", bounds=(0.0, 5.0), source="assumption")
    """Standard deviation of a panel's error about the quality of a proposer (quality itself has 1)."""
    grant_pace: float = param(0.3, unit="1", bounds=(0.05, 1.0), source="assumption")
    """Share of the grant money left that a firm spends in a quarter."""
    grant_fungible: float = param(0.5, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of a grant that only replaces own R&D in a firm that lacks no cash; none where cash is shortest."""
    # key technology projects
    challenge_duration: int = param(8, unit="quarter", bounds=(1, 40), source="assumption")
    """Quarters from a call for key technology projects to the final review."""
    challenge_pass: float = param(0.5, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Chance that a firm with very much research passes the final review."""
    challenge_stock: float = param(5.0, unit="million CNY", bounds=(0.1, 500.0), source="assumption")
    """R&D stock at which that chance is half as large."""
    challenge_leap: float = param(0.5, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of its gap to the frontier in the field that a firm closes by passing."""
    # joint work with regions outside
    joint_elasticity: float = param(1.0, unit="1", bounds=(0.0, 3.0), source="assumption")
    """Elasticity of joint inventions with respect to the district's own part of their cost."""
    joint_lesson: float = param(0.02, unit="1", bounds=(0.0, 0.2), source="assumption")
    """Knowledge that a firm gains from a fully funded joint project over the best gap to the partner's."""
    # reporting
    real_cost: float = param(0.20, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Net cost of a yuan of real R&D beyond the firm's own plan, its uses deducted."""
    audit_rate: float = param(0.20, unit="1", bounds=(0.0, 1.0), per="year", kind="flow", source="assumption")
    """Chance that relabelled R&D is found were all R&D relabelled; a part is found in proportion to its share."""
    audit_penalty: float = param(3.0, unit="1", bounds=(0.0, 20.0), source="assumption")
    """Twice the fine for a year's relabelled R&D, over its amount."""
    caution_spread: float = param(0.5, unit="1", bounds=(0.0, 2.0), source="assumption")
    """Standard deviation among firms of log caution in relabelling."""
    largest_step: float = param(1.5, unit="1", bounds=(0.0, 5.0), source="assumption")
    """Largest reported R&D beyond the plan, over the plan."""
    safety_margin: float = param(0.02, unit="1", bounds=(0.0, 0.5), source="assumption")
    """How far above the threshold a firm aims, over the threshold."""
    reporting_years: int = param(3, unit="year", bounds=(1, 10), source="certification rules")
    """Years over which certification adds R&D and sales."""
    # knowledge
    research_work_share: float = param(0.5, unit="1", bounds=(0.05, 0.95), source="assumption")
    """Share of researchers' work in effective R&D."""
    outside_research: float = param(0.15, unit="1", bounds=(0.0, 0.9), source="assumption")
    """Share of R&D purchases that is research work done outside the firm."""
    frontier_effort: float = param(
        0.04, unit="1", bounds=(0.0, 0.2), per="year", kind="growth", source="Bloom, Jones, Van Reenen and Webb (2020)"
    )
    """Yearly growth of the R&D that it takes to keep pace with the frontier."""
    frontier_growth: float = param(0.0075, unit="1", bounds=(0.0, 0.1), source="assumption")
    """Share by which relative knowledge falls back a quarter as the frontier moves on."""
    learning_rate: float = param(0.0022, unit="1", bounds=(0.0, 0.05), source="assumption")
    """Knowledge from own research in the main field."""
    learning_scale: float = param(0.05, unit="million CNY", bounds=(1e-3, 10.0), source="assumption")
    """Effective R&D a quarter from which returns decrease."""
    spillover_rate: float = param(0.0025, unit="1", bounds=(0.0, 0.05), source="assumption")
    """Knowledge overheard at full absorption and the best cognitive distance."""
    absorption_stock: float = param(1.0, unit="million CNY", bounds=(0.01, 100.0), source="assumption")
    """R&D stock at which half of what is overheard is understood."""
    curiosity: float = param(0.2, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of what is overheard in fields foreign to the firm that it takes up."""
    best_gap: float = param(0.25, unit="1", bounds=(0.02, 2.0), source="assumption")
    """Knowledge gap over which most is learnt."""
    travel_full: float = param(7.0, unit="minute", bounds=(0.0, 60.0), source="assumption")
    """Travel time up to which links to regions outside are at full strength."""
    travel_elasticity: float = param(
        0.9, unit="1", bounds=(0.0, 3.0), source="Disdier and Head (2008), mean of 1,467 estimates of gravity"
    )
    """Percent of a link to a region outside lost for each percent more travel time."""
    adviser_reach: float = param(0.05, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Rise of what is learnt from outside in a field with the log of part-time advisers from there."""
    consortium_rate: float = param(0.010, unit="1", bounds=(0.0, 0.2), source="assumption")
    """Knowledge that a member gains in a consortium's field at the best gap."""
    attention_cost: float = param(0.14, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Loss of attention for each consortium beyond the first."""
    rd_effect: float = param(0.08, unit="1", bounds=(0.0, 0.5), source="Hall, Mairesse and Mohnen (2010), centre")
    """Percent more productivity for each percent more R&D capital than usual."""
    quality_effect: float = param(0.24, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Effect of a standard deviation of quality on log productivity."""
    knowledge_effect: float = param(0.35, unit="1", bounds=(0.0, 2.0), source="assumption")
    """Effect of knowledge in the industry's fields on log productivity."""
    productivity_speed: float = param(0.07, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of the gap in log productivity closed a quarter."""
    productivity_noise: float = param(0.055, unit="1", bounds=(0.0, 0.5), source="assumption")
    """Standard deviation of quarterly luck in log productivity."""
    # patents
    invention_rate: float = param(0.22, unit="inventions", bounds=(0.0, 5.0), source="assumption")
    """Inventions a quarter from one million CNY of effective R&D."""
    invention_returns: float = param(0.9, unit="1", bounds=(0.2, 1.2), source="assumption")
    """Elasticity of a firm's inventions with respect to its R&D."""
    invention_base: float = param(0.7, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of invention that needs no absorptive capacity."""
    invention_spillover: float = param(20.0, unit="1", bounds=(0.0, 200.0), source="assumption")
    """Effect of knowledge overheard on invention."""
    patent_lapse: float = param(0.02, unit="1", bounds=(0.0, 0.2), source="assumption")
    """Share of patents in force that lapse a quarter."""
    patent_value: float = param(0.3, unit="million CNY", bounds=(0.01, 10.0), source="assumption")
    """Median value of a patent."""
    patent_spread: float = param(1.6, unit="1", bounds=(0.0, 3.0), source="Scherer and Harhoff (2000)")
    """Standard deviation of the log value of patents."""
    joint_share: float = param(0.12, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of inventions made jointly with a region outside at no travel time."""
    # projects
    project_cost: float = param(0.5, unit="million CNY", bounds=(0.05, 20.0), source="assumption")
    """Effective R&D for one project started."""
    project_leave: float = param(0.25, unit="1", bounds=(0.01, 0.9), source="assumption")
    """Share of projects that leave a stage in a quarter."""
    project_pass: float = param(0.5, unit="1", bounds=(0.05, 0.95), source="Cooper and Edgett: 1 in 4 over two stages")
    """Chance that a project leaving a stage passes it, at mean risk."""
    project_risk: float = param(0.15, unit="1", bounds=(0.0, 0.5), source="assumption")
    """Effect of a standard deviation of taste for risk on the log chance of passing."""
    risk_reward: float = param(0.15, unit="1", bounds=(-0.5, 1.0), source="assumption")
    """By how much the payoff of risk exceeds the fair one."""
    project_size: float = param(0.10, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Median log gain of a success for a firm with one line of business."""
    project_spread: float = param(1.3, unit="1", bounds=(0.0, 3.0), source="assumption")
    """Standard deviation of the log gain of a success."""
    project_largest_gain: float = param(0.6, unit="1", bounds=(0.0, 2.0), source="assumption")
    """Largest log gain of a firm in a quarter."""
    line_sales: float = param(3.0, unit="million CNY", bounds=(0.1, 100.0), source="assumption")
    """Yearly sales of a line of business."""
    line_exponent: float = param(0.9, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Elasticity of the number of lines with respect to sales."""
    # institutes
    budget_district_share: float = param(0.3, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of institutes' budgets that the district pays."""
    institute_reserve: float = param(0.5, unit="1", bounds=(0.0, 4.0), source="assumption")
    """Cash that an institute keeps, over its quarterly budget."""
    institute_spending: float = param(0.5, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of its cash beyond the reserve that an institute spends a quarter besides its budget."""

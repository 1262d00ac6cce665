"""Parameters of production: demand, market shares, costs, taxes, digital production and the use of money."""

from __future__ import annotations

from simulation.parameters import Parameters, param


class ProductionParameters(Parameters, group="production"):
    """Demand, market shares, costs, taxes and the use of profit."""

    # demand
    shock_persistence: float = param(0.85, unit="1", bounds=(0.0, 0.99), source="assumption")
    """Share of a deviation of world demand that lasts a quarter."""
    common_cycle: float = param(0.5, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Correlation between the cycles of industries."""
    share_elasticity: float = param(1.5, unit="1", bounds=(0.0, 5.0), source="assumption")
    """Elasticity of the district's share of world demand to the productivity of its industry, and to lower prices."""
    mean_speed: float = param(0.1, unit="1", bounds=(0.01, 1.0), source="assumption")
    """Speed at which competitors and customers notice an industry's productivity, a quarter."""
    local_sourcing: float = param(0.2, unit="1", bounds=(0.0, 0.9), source="assumption")
    """Share of inputs bought in the district at the start."""
    sourcing_elasticity: float = param(0.5, unit="1", bounds=(0.0, 3.0), source="assumption")
    """Elasticity of local sourcing to the success of local suppliers."""
    search_elasticity: float = param(0.3, unit="1", bounds=(0.0, 2.0), source="assumption")
    """Elasticity of local sourcing to the cost of finding suppliers in the district."""
    sourcing_ceiling: float = param(0.6, unit="1", bounds=(0.1, 1.0), source="assumption")
    """Highest share of inputs bought in the district."""
    # market shares
    selection: float = param(0.03, unit="1", bounds=(0.0, 0.2), source="prototype")
    """Growth of a market share with the advantage in competitiveness, a quarter."""
    growth_low: float = param(-0.10, unit="1", bounds=(-0.5, 0.0), source="prototype")
    """Lowest change of a market share by selection, a quarter."""
    growth_high: float = param(0.08, unit="1", bounds=(0.0, 0.5), source="prototype")
    """Highest change of a market share by selection, a quarter."""
    saturation: float = param(1.2, unit="1", bounds=(0.0, 5.0), source="prototype")
    """Drag on the share of a firm that already holds much of its industry, a quarter."""
    saturation_share: float = param(0.05, unit="1", bounds=(0.0, 1.0), source="prototype")
    """Share of its industry above which the drag sets in."""
    newness: float = param(0.02, unit="1", bounds=(0.0, 0.2), source="assumption")
    """Extra growth of a new firm while customers get to know it, a quarter."""
    newness_life: float = param(10.0, unit="quarter", bounds=(1.0, 40.0), source="assumption")
    """Time over which that extra growth fades."""
    customer_rate: float = param(0.25, unit="1", bounds=(0.0, 5.0), source="prototype")
    """Customers won or lost a quarter for each submarket that a firm serves."""
    customer_size: float = param(0.30, unit="1", bounds=(0.0, 1.0), source="prototype")
    """Log effect of one customer on a firm with one submarket."""
    customer_spread: float = param(0.8, unit="1", bounds=(0.0, 2.0), source="assumption")
    """Standard deviation of the log size of customers."""
    submarket_slope: float = param(0.50, unit="1", bounds=(0.0, 1.0), source="prototype")
    """Elasticity of the number of submarkets to sales."""
    project_sales: float = param(0.5, unit="1", bounds=(0.0, 2.0), source="prototype")
    """Growth of orders with the gain of projects that reach the market."""
    project_productivity: float = param(0.2, unit="1", bounds=(0.0, 1.0), source="prototype")
    """Growth of productivity with that gain."""
    product_appeal: float = param(5.0, unit="1", bounds=(0.0, 10.0), source="assumption")
    """How strongly a project's gain replaces old products in sales."""
    product_ageing: float = param(0.08, unit="1", bounds=(0.01, 0.5), source="new means three years")
    """Share of new products that stop being new, a quarter."""
    product_competitiveness: float = param(0.3, unit="1", bounds=(0.0, 2.0), source="assumption")
    """Advantage of a product range that is all new over one that is all old, in logs."""
    # cost
    opening_margin: float = param(0.055, unit="1", bounds=(0.0, 0.3), source="assumption")
    """Sales-weighted profit margin of an industry at the start, and the normal one afterwards."""
    competition: float = param(0.03, unit="1", bounds=(0.0, 0.5), source="assumption")
    """Share of an industry's excess margin that competition passes on to customers in a quarter; losses likewise."""
    labour_floor: float = param(0.08, unit="1", bounds=(0.0, 0.6), source="assumption")
    """Least part of value added paid to staff without a special skill."""
    cost_productivity: float = param(0.2, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Fall of unit cost with log productivity above the industry's mean; the rest goes into price and quality."""
    labour_wage: float = param(
        0.085, unit="million CNY a year", bounds=(0.01, 1.0), per="year", kind="flow", source="assumption"
    )
    """Wage of staff without a special skill at the start."""
    labour_wage_growth: float = param(
        0.04, unit="1", bounds=(-0.05, 0.2), per="year", kind="growth", source="assumption"
    )
    """Growth of that wage, and of the labour productivity that pays for it."""
    depreciation: float = param(0.022, unit="1", bounds=(0.0, 0.2), source="prototype")
    """Depreciation of capital a quarter."""
    support_pace: float = param(0.3, unit="1", bounds=(0.01, 1.0), source="assumption: as grants are spent")
    """Share of public support not booked yet that firms book as income in a quarter, as they spend it."""
    # tax
    value_added_rate: float = param(0.06, unit="1", bounds=(0.0, 0.2), source="assumption")
    """Effective value-added tax over value added."""
    surcharge_rate: float = param(0.12, unit="1", bounds=(0.0, 0.2), source="urban construction 7 %, education 3 + 2 %")
    """Surcharges over value-added tax."""
    surcharge_local: float = param(1.0, unit="1", bounds=(0.0, 1.0), source="assumption")
    """District's share of the surcharges."""
    standard_rate: float = param(0.25, unit="1", bounds=(0.0, 0.5), source="enterprise income tax law")
    """Rate of income tax."""
    high_tech_rate: float = param(0.15, unit="1", bounds=(0.0, 0.5), source="certification rules")
    """Rate of income tax with a high-tech certificate."""
    super_deduction: float = param(1.0, unit="1", bounds=(0.0, 2.0), source="tax law, 2023")
    """Share of reported R&D deducted a second time."""
    personal_tax_rate: float = param(0.03, unit="1", bounds=(0.0, 0.3), source="assumption")
    """Effective income tax of households over wages paid by firms."""
    # digital production
    adoption_base: float = param(0.004, unit="1", bounds=(0.0, 0.2), source="assumption")
    """Chance a quarter that a firm of 10 million CNY yearly sales goes digital by itself."""
    adoption_contact: float = param(0.03, unit="1", bounds=(0.0, 0.5), source="assumption")
    """Addition to that chance if every firm it meets is digital."""
    adoption_size: float = param(0.25, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Elasticity of that chance to sales."""
    adoption_elasticity: float = param(1.0, unit="1", bounds=(0.0, 5.0), source="assumption")
    """Elasticity of that chance to the share of the cost that the firm bears itself."""
    digital_cost: float = param(0.03, unit="1", bounds=(0.0, 0.5), source="assumption")
    """Cost of going digital over yearly sales."""
    digital_speed: float = param(0.15, unit="1", bounds=(0.01, 1.0), source="assumption")
    """Share of the remaining way to full adoption made in a quarter."""
    digital_gain: float = param(0.025, unit="1", bounds=(0.0, 0.2), source="assumption")
    """Share of operating cost saved by full adoption."""
    digital_dip: float = param(0.02, unit="1", bounds=(0.0, 0.2), source="assumption")
    """Share of operating cost lost in the first quarter of learning."""
    digital_learning: float = param(4.0, unit="quarter", bounds=(1.0, 20.0), source="assumption")
    """Time that learning takes."""
    # use of money
    training_effect: float = param(1.0, unit="1", bounds=(0.0, 5.0), source="Konings (2008): training, +1-2 %")
    """Log productivity for each unit of log ability that its skilled workers gained by training beyond the usual."""
    skilled_capacity: float = param(0.6, unit="1", bounds=(0.0, 1.5), source="assumption")
    """Percent of capacity lost with each percent of skilled jobs that stand empty."""
    growth_loss: float = param(0.15, unit="1", bounds=(0.0, 2.0), source="assumption; Penrose (1959)")
    """Rise of unit cost for each log point of growth in a firm without managers."""
    capacity_over_norm: float = param(1.25, unit="1", bounds=(1.0, 2.0), source="assumption")
    """Sales that capital of the normal intensity can carry at most, over normal sales."""
    rerouted: float = param(0.5, unit="1", bounds=(0.0, 1.0), source="prototype")
    """Share of orders beyond a firm's capacity that goes to firms of its industry with slack."""
    investment_trigger: float = param(0.15, unit="1", bounds=(0.0, 0.9), source="prototype")
    """Gap of capital at which a firm invests."""
    capital_elasticity: float = param(
        0.4, unit="1", bounds=(0.0, 2.0), source="Chirinko (2008), Sigma: the long and short of it"
    )
    """Elasticity of the capital wanted to the share of its cost that the firm bears itself."""
    investment_smallest: float = param(0.4, unit="1", bounds=(0.0, 1.0), source="prototype")
    """Part of an investment that must be financed before it is begun."""
    working_capital: float = param(0.25, unit="1", bounds=(0.0, 2.0), source="assumption")
    """Cash that a firm wants in hand over quarterly sales."""
    bridged_losses: float = param(2.0, unit="quarter", bounds=(0.0, 8.0), source="assumption")
    """Time for which a firm wants its losses bridged."""
    cash_target: float = param(0.5, unit="1", bounds=(0.0, 4.0), source="assumption")
    """Cash over quarterly sales above which owners are paid."""
    payout_speed: float = param(0.25, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of cash above the target paid out in a quarter."""

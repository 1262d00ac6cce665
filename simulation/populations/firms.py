"""Firms: columns of the population."""

from __future__ import annotations

from simulation.populations.columns import Column

TIERS = ("start-up", "tech SME", "high-tech enterprise", "innovation leader")
"""Names of tiers 1 to 4; the column holds 1 to 4."""
NOT_ADOPTED = -100
"""Quarter of adoption of firms that do not produce digitally."""

ORIGINS = ("initial", "background", "spin_off", "founder", "relocation", "listed", "large_project")
"""Where a firm came from; the column holds the index. `listed` firms come from a user's firms.csv."""
PATENT_LAGS = 8

FIRM_COLUMNS = {
    # who and where
    "industry": Column("int64", "index", "Industry"),
    "cell": Column("int64", "index", "Cell"),
    "born": Column("int32", "quarter", "Quarter of birth; negative before the run"),
    "origin": Column("int8", "index", "Origin, index of ORIGINS"),
    "parent": Column("int64", "key", "Founder or institute that it comes from, 0 if none"),
    "incubated": Column("bool", "flag", "Holds an incubator place"),
    "space": Column("float64", "thousand m2", "Floor space occupied", low=0),
    # money
    "cash": Column("float64", "million CNY", "Cash; negative while overdrawn", ledger=True),
    "debt": Column("float64", "million CNY", "Principal owed to banks", low=-1e-9, ledger=True),
    "capital": Column("float64", "million CNY", "Capital stock", low=0),
    "equity_public": Column("float64", "1", "Share held by funds with public money behind it", low=0, high=1),
    "equity_private": Column("float64", "1", "Share held by funds' private money", low=0, high=1),
    # production
    "sales": Column("float64", "million CNY", "Sales of the quarter", low=0),
    "sales_year": Column("float64", "million CNY", "Sales of the last four quarters, smoothed", low=0),
    "value_added": Column("float64", "million CNY", "Value added of the quarter"),
    "profit": Column("float64", "million CNY", "Profit before tax of the quarter, public support included"),
    "support": Column("float64", "million CNY", "Public support received that is not booked as income yet", low=-1e-9),
    "margin": Column("float64", "1", "Profit over sales, smoothed over a year", low=-5, high=5),
    "market_share": Column("float64", "1", "Share of the industry's sales in the district", low=0, high=1),
    "competitiveness": Column("float64", "1", "Log competitiveness relative to the industry's sales-weighted mean"),
    "capacity": Column("float64", "million CNY", "Most the firm can sell in a quarter", low=0),
    "unit_cost": Column("float64", "1", "Cost over sales before R&D, rent and interest", default=0.85, low=0),
    "labour": Column("float64", "people", "Staff without a special skill", low=0),
    "investment": Column("float64", "million CNY", "Investment of the quarter", low=0),
    "investment_wanted": Column("float64", "million CNY", "Investment it would make if financed", low=0),
    "new_product_share": Column("float64", "1", "Share of sales from products of the last three years", low=0, high=1),
    "digital": Column("float64", "1", "Degree of digital adoption", low=0, high=1),
    "digital_since": Column("int32", "quarter", "Quarter of adoption; -100 if not adopted", default=NOT_ADOPTED),
    # research
    "quality": Column("float64", "1", "Lasting quality of the business (standard normal)"),
    "productivity": Column("float64", "1", "Log productivity relative to the industry's initial mean"),
    "rd_intensity": Column("float64", "1", "Target R&D over sales", low=0, high=5),
    "rd_usual": Column("float64", "1", "R&D over sales that its lasting expertise makes worth while", low=0, high=5),
    "rd_spend": Column("float64", "million CNY", "Real R&D spending, researchers' wages included", low=0),
    "rd_reported": Column("float64", "million CNY", "R&D that the firm reports", low=0),
    "rd_stock": Column("float64", "million CNY", "R&D stock, depreciated", low=0),
    "rd_invested": Column("float64", "million CNY", "R&D of the quarter beyond the wear of the R&D stock"),
    "rd_subsidy_due": Column("float64", "million CNY", "R&D subsidy earned this quarter", low=0),
    "knowledge": Column("float64", "1", "Knowledge by field relative to the frontier", width="fields", low=0, high=2),
    "projects": Column("int32", "projects", "Projects in development and at market entry", width=2, low=0),
    "grants": Column("int16", "grants", "Competitive grants won so far", low=0),
    "grant_left": Column("float64", "million CNY", "Grant money bound to R&D that is not spent yet", low=0),
    "project_gain": Column("float64", "1", "Log gain from projects and licences that reached the market", low=0),
    "patents": Column("int32", "patents", "Invention patents in force", low=0),
    "patents_pending": Column("int32", "patents", "Patents to be granted in 0..7 quarters", width=PATENT_LAGS, low=0),
    "patent_value": Column("float64", "million CNY", "Value of all patents granted so far", low=0),
    # people
    "staff": Column("int32", "people", "Talent employed, by skill", width="skills", low=0),
    "staff_wanted": Column("int32", "people", "Talent wanted, by skill", width="skills", low=0),
    "research_ability": Column("float64", "people", "Sum of ability (1 is the mean) of its researchers", low=0),
    "wage_bill": Column("float64", "million CNY", "Wages of its talent in the quarter", low=0),
    "memberships": Column("int16", "consortia", "Consortia the firm belongs to", low=0),
    # credit
    "finance_gap": Column("float64", "million CNY", "Working capital and investment that cash does not cover", low=0),
    "interest": Column("float64", "million CNY", "Interest paid in the quarter", low=0),
    "overdue": Column("int16", "quarters", "Quarters in a row beyond the overdraft limit", low=0),
    "refused": Column("int32", "quarter", "Quarter in which banks last refused it new money", default=-100),
    "defaulted": Column("bool", "flag", "Cannot meet its debts; closed by demography this quarter"),
    "covered_share": Column("float64", "1", "Share of its debt that a pool covers", low=0, high=1),
    # venture
    "stage": Column("int8", "index", "Venture stage: 0 none, 1 seed, 2 early, 3 growth, 4 exited", low=0, high=4),
    "raised": Column("float64", "million CNY", "Venture money raised so far", low=0),
    # certificate
    "tier": Column("int8", "tier", "Tier 1 to 4 of the ladder", default=1, low=1, high=4),
    "best_tier": Column("int8", "tier", "Highest tier held so far", default=1, low=1, high=4),
    "certificate_until": Column("int32", "quarter", "Last quarter of its high-tech certificate", default=-1),
    "champion": Column("bool", "flag", "Specialised champion"),
    "rd_centre": Column("int8", "level", "R&D centre: 0 none, 1 district, 2 city, 3 province", low=0, high=3),
    "rd_reported_3y": Column("float64", "million CNY", "Reported R&D over three years, smoothed", low=0),
    "sales_3y": Column("float64", "million CNY", "Sales over three years, smoothed", low=0),
    "promised": Column("float64", "million CNY", "Yearly sales promised for public money; 0 if none", low=0),
    "losses": Column("int16", "quarters", "Quarters in a row with a loss", low=0),
}

CHALLENGE_COLUMNS = {
    "firm": Column("int64", "key", "Firm that has taken a key technology project on; one at a time"),
    "field": Column("int8", "index", "Technology field"),
    "started": Column("int32", "quarter", "First quarter"),
    "ends": Column("int32", "quarter", "Quarter of the final review"),
    "left": Column("float64", "million CNY", "Public money due when it passes", low=0),
}

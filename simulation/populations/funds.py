"""Funds, banks and the guarantor, with their loans and holdings."""

from __future__ import annotations

from simulation.populations.columns import Column

FUND_KINDS = ("guidance", "sub_fund", "venture", "angel", "bank", "guarantor")
"""Government guidance fund, its sub-funds, private venture funds, angels, banks, guarantor."""
GUIDANCE, SUB_FUND, VENTURE, ANGEL, BANK, GUARANTOR = range(6)
FUND_SECTORS = ("funds", "funds", "funds", "funds", "banks", "guarantors")
"""Ledger sector of each kind."""

DOMICILES = ("none", "virtual", "real")
"""Presence in fund town."""

FUND_COLUMNS = {
    "kind": Column("int8", "index", "Kind, index of FUND_KINDS"),
    "cell": Column("int64", "index", "Cell of its office", default=0),
    "born": Column("int32", "quarter", "Quarter of closing (vintage)"),
    "ends": Column("int32", "quarter", "Last quarter of its life; -1 if open-ended", default=-1),
    "cash": Column("float64", "million CNY", "Cash", ledger=True),
    "committed": Column("float64", "million CNY", "Capital committed by its investors", low=0),
    "drawn": Column("float64", "million CNY", "Capital drawn so far", low=0),
    "invested": Column("float64", "million CNY", "Money put into firms so far", low=0),
    "invested_local": Column("float64", "million CNY", "Of which into firms of the district", low=0),
    "returned": Column("float64", "million CNY", "Money that came back so far", low=0),
    "public_share": Column("float64", "1", "Public share of its capital", low=0, high=1),
    "reinvestment": Column("float64", "1", "Local investment duty, multiple of its public money", low=0),
    "thesis": Column("float64", "1", "Weights over industries, sum to 1", width="industries", low=0, high=1),
    "stage_preference": Column("float64", "stage", "Stage it prefers: 1 seed, 2 early, 3 growth"),
    "tolerance": Column("float64", "1", "Protection of its managers from blame for losses", low=0, high=1),
    "skill": Column("float64", "1", "Screening skill (log; 0 is average)"),
    "domicile": Column("int8", "index", "Presence in fund town, index of DOMICILES"),
    "own_domicile": Column("int8", "index", "Presence it would have without support; -1: as it is", default=-1),
    "mark": Column("float64", "1", "Published multiple, shrunk to a prior", default=1, low=0),
    "staff": Column("int32", "people", "Talent employed, by skill", width="skills", low=0),
    "staff_wanted": Column("int32", "people", "Talent wanted, by skill", width="skills", low=0),
    "wage_bill": Column("float64", "million CNY", "Wages of its talent in the quarter", low=0),
    # banks
    "loan_book": Column("float64", "million CNY", "Principal outstanding", low=-1e-6, ledger=True),
    "standard": Column("float64", "1", "Lending standard: added to the required return", default=0),
    # guarantor
    "guaranteed": Column("float64", "million CNY", "Loans guaranteed", low=0),
}

LOAN_COLUMNS = {
    "firm": Column("int64", "key", "Borrower"),
    "bank": Column("int64", "key", "Lender"),
    "principal": Column("float64", "million CNY", "Outstanding", low=0),
    "rate": Column("float64", "1", "Interest a quarter", low=0),
    "born": Column("int32", "quarter", "Quarter of the loan"),
    "due": Column("int32", "quarter", "Quarter of repayment"),
    "covered": Column("float64", "1", "Share of a loss that the pool repays", low=0, high=1),
    "guaranteed": Column("float64", "1", "Share of a loss that the guarantor repays", low=0, high=1),
    "rolled": Column("int16", "times", "How often it was rolled over", low=0),
    "troubled": Column("bool", "flag", "In true default though not recognised"),
}

HOLDING_COLUMNS = {
    "fund": Column("int64", "key", "Fund"),
    "firm": Column("int64", "key", "Firm; 0 for a company outside the district"),
    "key": Column("int64", "key", "Key of the deal"),
    "amount": Column("float64", "million CNY", "Money put in", low=0),
    "share": Column("float64", "1", "Share of the firm, diluted", low=0, high=1),
    "value": Column("float64", "1", "Value over money put in", default=1, low=0),
    "worth": Column("float64", "million CNY", "What the firm was worth by its books at the last mark", low=0),
    "quality": Column("float64", "1", "Quality of the company when bought"),
    "stage": Column("int8", "stage", "Stage of the deal"),
    "born": Column("int32", "quarter", "Quarter of the deal"),
    "horizon": Column("int32", "quarter", "Quarter in which the fund wants to sell"),
    "public_share": Column("float64", "1", "Public share of the money", low=0, high=1),
}

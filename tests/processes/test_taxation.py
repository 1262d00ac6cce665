"""Taxation: every rule by hand."""

from __future__ import annotations

import numpy as np
import pytest

from simulation.processes.production import taxation


def test_certified_firms_pay_the_lower_rate():
    assert taxation.income_tax_rate(np.array([True, False]), 0.25, 0.15) == pytest.approx([0.15, 0.25])


def test_reported_research_is_deducted_and_losses_are_not_taxed():
    taxable = taxation.taxable_profit(np.array([10.0, 1.0, -5.0]), np.array([4.0, 4.0, 0.0]), 0.75)
    assert taxable == pytest.approx([7.0, 0.0, 0.0])


def test_surcharges_are_levied_on_value_added_tax():
    tax, surcharge = taxation.value_added_tax(np.array([100.0, -3.0]), 0.06, 0.12)
    assert tax == pytest.approx([6.0, 0.0])
    assert surcharge == pytest.approx([0.72, 0.0])


def test_the_bill_states_what_the_certificate_forgoes():
    bill = taxation.tax_bill(np.zeros(2), np.zeros(2), np.array([10.0, 10.0]), np.array([True, False]), 0.25, 0.15)
    assert bill.income == pytest.approx([1.5, 2.5])
    assert bill.relief == pytest.approx([1.0, 0.0])


def test_both_levels_together_receive_the_whole_bill():
    bill = taxation.TaxBill(np.array([10.0]), np.array([1.0]), np.array([5.0]), np.array([0.0]))
    local, upper = taxation.shared(bill, 0.4, 1.0, 0.32)
    assert local == pytest.approx([4.0 + 1.0 + 1.6])
    assert local + upper == pytest.approx([16.0])

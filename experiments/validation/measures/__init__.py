"""Measures: what the facts' estimators find in the history of one run; each returns figures by name."""

"""Estimators from the literature, free of the model: arrays in, numbers out; not-a-number where data are too few."""

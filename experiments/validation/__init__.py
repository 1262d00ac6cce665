"""Validation: what the model should show without being told to, measured on its runs and held against published bands.

Nothing here changes the model, and nothing in the model or in calibration reads what is here.
"""

"""Processes of the quarter: step modules named in the schedule, with the rules of each beside it."""

"""Free parameters fitted to levels of a region, and what the levels leave open."""

"""Space: a region as data, and how near things are to each other."""

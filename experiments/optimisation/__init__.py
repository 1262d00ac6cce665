"""A fixed outlay divided between policies."""

"""What a comparison says, for people: one HTML file, and a brief for an office."""

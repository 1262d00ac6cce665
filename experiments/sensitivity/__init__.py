"""What outcomes and effects of a finished sweep depend on."""

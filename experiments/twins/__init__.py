"""Twin worlds: whom a policy reached, what it changed for them, for the others, and where the money went."""

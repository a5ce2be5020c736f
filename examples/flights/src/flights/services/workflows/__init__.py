"""How things go on."""

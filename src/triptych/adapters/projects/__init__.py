"""Projects: the files that a new one is made of."""

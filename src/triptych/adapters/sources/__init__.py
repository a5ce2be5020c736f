"""Sources: files that objects are read from, and how their rows become objects."""

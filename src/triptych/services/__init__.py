"""What happens: ontologies are checked, sources are loaded, objects are browsed."""

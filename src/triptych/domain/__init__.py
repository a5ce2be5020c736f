"""What Triptych's own world is: ontologies, expressions, objects, and what can be wrong."""

"""HTTP: addresses, answers and errors; everything is asked of a service."""

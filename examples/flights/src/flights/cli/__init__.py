"""The command line of flights."""

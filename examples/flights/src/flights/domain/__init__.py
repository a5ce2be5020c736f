"""Flights, the airports they join, and the people who work them."""

"""Migrations: from the tables that are there to those that the code wants."""

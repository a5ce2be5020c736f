"""How flights meet reality: published files, and a database."""

"""How Triptych meets reality: Python source, databases, files."""

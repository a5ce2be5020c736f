"""Identity: by what callers show who they are."""

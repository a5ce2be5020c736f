"""The ledger: who did what, when; kept with what was changed, and proof against tampering."""

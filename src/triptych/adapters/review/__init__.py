"""What is reviewed, read from disk; never imported, never run."""

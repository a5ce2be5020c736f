"""What others have, read for the domain that it suggests; nothing of it is run."""

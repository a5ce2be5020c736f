"""What a good user of each would write by hand."""

POOL = 10

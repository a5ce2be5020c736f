"""Actions as the outside sees them: read from signatures, given as JSON or text, written back."""

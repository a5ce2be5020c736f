"""What happens: decisions, who may make them, and what follows from them."""

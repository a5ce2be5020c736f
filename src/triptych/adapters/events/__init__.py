"""Events on their way: written with what has happened, and delivered to those who handle them."""

"""How fast it is, beside what a good user would write by hand.

`uv run --group bench python -m benchmarks` runs everything and prints tables in Markdown.
"""

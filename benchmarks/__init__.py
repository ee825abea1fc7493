"""Measurements of the product: `python -m benchmarks` prints one JSON line a figure."""

"""A pretend feature that costs credits."""

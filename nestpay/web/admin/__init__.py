"""The desk of those who run the shop."""

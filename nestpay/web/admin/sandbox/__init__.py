"""The pretend payment company's clock and faults."""

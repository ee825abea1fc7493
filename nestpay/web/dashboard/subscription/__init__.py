"""The running subscription."""

"""The inbox of provider events."""

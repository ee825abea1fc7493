"""Everybody's credit log."""

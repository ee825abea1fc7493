"""Everybody's orders."""

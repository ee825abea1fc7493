"""Everybody's subscriptions."""

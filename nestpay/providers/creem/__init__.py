"""Creem, by a small client of our own: it has no official Python SDK. The only folder that knows its words."""

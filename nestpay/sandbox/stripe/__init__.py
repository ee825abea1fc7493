"""Stripe as the sandbox plays it, at API version 2026-10-28.endive."""

API_VERSION = "2026-10-28.endive"

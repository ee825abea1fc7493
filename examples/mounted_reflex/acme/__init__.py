"""Acme Notes, an app that was there before nestpay came."""

"""Stripe, through its official SDK. The only folder that imports `stripe`."""

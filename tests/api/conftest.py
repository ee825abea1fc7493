"""Fixtures: the shop and Stripe's network edge."""

from tests.shop import shop, stripe_edge

__all__ = ["shop", "stripe_edge"]

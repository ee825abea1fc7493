"""Fixtures: the shop and Stripe's network edge."""

from tests.shop import Shop, shop, stripe_edge

__all__ = ["Shop", "shop", "stripe_edge"]

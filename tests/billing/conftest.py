"""Fixtures: the shop and Stripe's network edge."""

from tests.billing.sandbox_house import house
from tests.shop import FIRST_OF_FEBRUARY, Shop, shop, stripe_edge

__all__ = ["FIRST_OF_FEBRUARY", "Shop", "house", "shop", "stripe_edge"]

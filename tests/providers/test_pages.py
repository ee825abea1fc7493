"""Where people look a thing up at its provider."""

import pytest

from nestpay.providers.pages import address


@pytest.mark.parametrize(
    ("provider", "mode", "expected"),
    [
        ("stripe", "live", "https://dashboard.stripe.com/subscriptions/sub_1"),
        ("stripe", "test", "https://dashboard.stripe.com/test/subscriptions/sub_1"),
        ("creem", "live", "https://creem.io/dashboard"),
        ("creem", "test", "https://creem.io/dashboard"),
        ("none", "live", ""),
        ("stripe", "sandbox", ""),
        ("creem", "sandbox", ""),
    ],
)
def test_a_thing_is_looked_up_where_its_provider_shows_it(provider: str, mode: str, expected: str) -> None:
    assert address(provider, "subscription", "sub_1", mode) == expected


def test_what_a_provider_does_not_know_has_no_page() -> None:
    assert address("stripe", "payment", None, "live") == ""
    assert address("creem", "customer", "", "live") == ""

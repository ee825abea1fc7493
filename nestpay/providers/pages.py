"""Where the providers' own dashboards show a thing: addresses for people, which nothing of ours ever calls."""

from typing import Literal

Kind = Literal["payment", "subscription", "customer"]

# Source: Stripe, "URLs of the Dashboard"; test data has the same paths below /test.
_STRIPE = "https://dashboard.stripe.com{test}"
_ADDRESSES: dict[tuple[str, str], str] = {
    ("stripe", "payment"): f"{_STRIPE}/payments/{{id}}",
    ("stripe", "subscription"): f"{_STRIPE}/subscriptions/{{id}}",
    ("stripe", "customer"): f"{_STRIPE}/customers/{{id}}",
}
# Creem writes down no addresses of single things, and test data are a switch in its dashboard, not a place of their own.
_FRONT_DOORS = {"creem": "https://creem.io/dashboard"}


def address(provider: str, kind: Kind, object_id: str | None, mode: str) -> str:
    """The address of a thing's page, or where one looks for it by its id; "" in the sandbox and for unknown providers."""
    pattern = _ADDRESSES.get((provider, kind)) or _FRONT_DOORS.get(provider, "")
    if not pattern or not object_id or mode == "sandbox":
        return ""
    return pattern.format(id=object_id, test="" if mode == "live" else "/test")

"""Every call of the REST API: what is sent, and what its answer is read as. `user` is for server keys: whom it is about.

`key` names the intent of what must not happen twice; without one a fresh key is made, which still covers retries.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import quote as escaped

from nestpay.client import answers
from nestpay.client.answers import (
    Agreed,
    Balance,
    Benefits,
    CheckoutPage,
    CreditLine,
    Customer,
    Deducted,
    Entitlement,
    Hold,
    Limit,
    Order,
    Page,
    PaymentState,
    Quote,
    Subscription,
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """One request, and how its answer is read."""

    method: str
    path: str
    read: Callable[[Any], T]
    params: dict[str, Any]
    json: dict[str, Any] | None = None
    key: str = ""


def _ask(path: str, read: Callable[[Any], T], **params: Any) -> Call[T]:
    return Call("GET", path, read, {name: value for name, value in params.items() if value not in (None, "")})


def _do(path: str, read: Callable[[Any], T], key: str, **body: Any) -> Call[T]:
    said = {name: value for name, value in body.items() if value not in (None, "")}
    return Call("POST", path, read, {}, said, key or uuid.uuid4().hex)


def _one(kind: type[T]) -> Callable[[Any], T]:
    return lambda json: answers.read(kind, json)


def _list(kind: type[T]) -> Callable[[Any], list[T]]:
    return lambda json: [answers.read(kind, each) for each in json["data"]]


def _page(kind: type[T]) -> Callable[[Any], Page[T]]:
    return lambda json: Page(_list(kind)(json), json["next"], json["previous"])


# Credits


def balance(*, user: str = "") -> Call[Balance]:
    """What can be spent now."""
    return _ask("/credits", _one(Balance), user_id=user)


def deduct(amount: int, *, key: str = "", feature: str = "", note: str = "", user: str = "") -> Call[Deducted]:
    """Take credits. Raises NotEnoughCredits."""
    return _do("/credits/deduct", _one(Deducted), key, amount=amount, feature=feature, note=note, user_id=user)


def history(*, after: str | None = None, limit: int = 20, user: str = "") -> Call[Page[CreditLine]]:
    """A page of the credit log, the newest line first."""
    return _ask("/credits/history", _page(CreditLine), after=after, limit=limit, user_id=user)


def hold(amount: int, *, key: str = "", seconds: int = 900, feature: str = "", user: str = "") -> Call[Hold]:
    """Set credits aside for work whose cost is known only afterwards. Raises NotEnoughCredits."""
    return _do("/credits/holds", _one(Hold), key, amount=amount, seconds=seconds, feature=feature, user_id=user)


def settle(hold_id: str, cost: int, *, user: str = "") -> Call[Hold]:
    """End a hold for what the work cost."""
    return _do(f"/credits/holds/{escaped(hold_id)}/settle", _one(Hold), "", cost=cost, user_id=user)


def release(hold_id: str, *, user: str = "") -> Call[Hold]:
    """End a hold without a cost."""
    return _do(f"/credits/holds/{escaped(hold_id)}/release", _one(Hold), "", user_id=user)


# What may be used


def check(name: str, *, user: str = "") -> Call[Entitlement]:
    """May this user, why, until when, and how many left."""
    return _ask(f"/entitlements/{escaped(name)}", _one(Entitlement), user_id=user)


def benefits(*, user: str = "") -> Call[Benefits]:
    """What a user holds now."""
    return _ask("/benefits", _one(Benefits), user_id=user)


def limit(name: str, *, user: str = "") -> Call[Limit]:
    """What the plan allows of this, and how much is used."""
    return _ask(f"/limits/{escaped(name)}", _one(Limit), user_id=user)


def count(name: str, number: int = 1, *, key: str = "", user: str = "") -> Call[Limit]:
    """Use a limit that is counted by period. Raises Problem with the key `errors.limit_reached` beyond it."""
    return _do(f"/limits/{escaped(name)}/count", _one(Limit), key, number=number, user_id=user)


# Paying


def checkout(
    *,
    price: str = "",
    plan: str = "",
    interval: str = "",
    quantity: int = 1,
    locale: str = "en",
    key: str = "",
    user: str = "",
) -> Call[CheckoutPage]:
    """Open the payment page for a price, or for a plan and how often it is paid (`month`, `year`, `once`)."""
    wish = {"price_id": price, "plan": plan, "interval": interval, "quantity": quantity, "locale": locale}
    return _do("/checkout", _one(CheckoutPage), key, **wish, user_id=user)


def verify(session_id: str, *, user: str = "") -> Call[PaymentState]:
    """What became of a payment page."""
    return _ask(f"/checkout/{escaped(session_id)}", _one(PaymentState), user_id=user)


def portal(return_path: str = "/dashboard/subscription", *, key: str = "", user: str = "") -> Call[str]:
    """The address of the provider's page for cards and invoices, good for some minutes."""
    return _do("/portal", lambda json: str(json["url"]), key, return_path=return_path, user_id=user)


def orders(*, after: str | None = None, limit: int = 20, user: str = "") -> Call[Page[Order]]:
    """A page of the orders, the newest first."""
    return _ask("/orders", _page(Order), after=after, limit=limit, user_id=user)


# Subscriptions


def subscriptions(*, user: str = "") -> Call[list[Subscription]]:
    """All subscriptions, ended ones too, the newest first."""
    return _ask("/subscriptions", _list(Subscription), user_id=user)


def cancel(subscription_id: str, *, reason: str = "", comment: str = "", user: str = "") -> Call[Subscription]:
    """End a subscription with its period."""
    path = f"/subscriptions/{escaped(subscription_id)}/cancel"
    return _do(path, _one(Subscription), "", reason=reason, comment=comment, user_id=user)


def resume(subscription_id: str, *, user: str = "") -> Call[Subscription]:
    """Take a cancellation back."""
    return _do(f"/subscriptions/{escaped(subscription_id)}/resume", _one(Subscription), "", user_id=user)


def quote(
    subscription_id: str,
    *,
    price: str = "",
    plan: str = "",
    interval: str = "",
    quantity: int | None = None,
    key: str = "",
    user: str = "",
) -> Call[Quote]:
    """What a change would cost."""
    wish = {"price_id": price, "plan": plan, "interval": interval, "quantity": quantity}
    return _do(f"/subscriptions/{escaped(subscription_id)}/quotes", _one(Quote), key, **wish, user_id=user)


def agree(quote_id: str, *, key: str = "", user: str = "") -> Call[Agreed]:
    """Carry out what a quote said."""
    return _do(f"/quotes/{escaped(quote_id)}/agree", _one(Agreed), key or f"agree-{quote_id}", user_id=user)


# Customers (server keys)


def customers(*, email: str = "", after: str | None = None, limit: int = 20) -> Call[Page[Customer]]:
    """A page of all customers, or who has this address."""
    return _ask("/customers", _page(Customer), email=email, after=after, limit=limit)


def customer(user: str) -> Call[Customer]:
    """One customer."""
    return _ask(f"/customers/{escaped(user)}", _one(Customer))

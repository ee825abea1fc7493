"""What the REST API answers, as typed values. Amounts are minor units, instants are UTC; unknown fields are left out."""

import dataclasses
import types
import typing
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Balance:
    """What can be spent now, what open holds set aside, and what is owed."""

    total: int
    subscription: int
    one_time: int
    held: int
    debt: int
    next_credit_date: datetime | None
    plan: str


@dataclass(frozen=True, slots=True)
class Deducted:
    """What was taken, and the balances after it."""

    id: str
    amount: int
    subscription: int
    one_time: int
    total: int
    replayed: bool


@dataclass(frozen=True, slots=True)
class Hold:
    """Credits set aside: `open`, `settled`, `released` or `expired`."""

    id: str
    amount: int
    settled_amount: int
    status: str
    expires_at: datetime
    replayed: bool


@dataclass(frozen=True, slots=True)
class CreditLine:
    """One line of the credit log."""

    id: str
    created_at: datetime
    amount: int
    subscription_balance_after: int
    one_time_balance_after: int
    type: str
    note: str
    order_id: str


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit of the plan; -1 is unlimited, and then `left` is None."""

    name: str
    limit: int
    used: int
    left: int | None
    resets_at: datetime | None


@dataclass(frozen=True, slots=True)
class Entitlement:
    """May the user, why, until when, and how many times more."""

    name: str
    allowed: bool
    why: str
    plan: str
    until: datetime | None
    left: int | None


@dataclass(frozen=True, slots=True)
class Benefits:
    """What a user holds now."""

    active_plan_id: str | None
    plan: str
    subscription_status: str | None
    current_period_end: datetime | None
    next_credit_date: datetime | None
    total_available_credits: int
    subscription_credits_balance: int
    one_time_credits_balance: int
    entitlements: list[str]


@dataclass(frozen=True, slots=True)
class CheckoutPage:
    """Where the customer pays, and the order that waits for it."""

    url: str
    order_id: str


@dataclass(frozen=True, slots=True)
class PaymentState:
    """What became of a payment page: `confirming`, `paid`, `failed` or `expired`."""

    state: str
    order_id: str
    plan_title: str
    amount_text: str
    credits: int
    credits_pending: bool


@dataclass(frozen=True, slots=True)
class Order:
    """One payment or refund."""

    id: str
    number: str
    created_at: datetime
    description: str
    type: str
    status: str
    amount_minor: int
    refunded_minor: int
    currency: str
    credits: int
    invoice_url: str
    receipt_url: str
    provider: str


@dataclass(frozen=True, slots=True)
class Subscription:
    """One subscription; `is_open` says whether it gives its plan's access now."""

    id: str
    status: str
    is_open: bool
    plan_key: str
    plan_title: str
    price_id: str | None
    interval: str
    quantity: int
    amount_minor: int
    currency: str
    current_period_start: datetime | None
    current_period_end: datetime | None
    cancels_at: datetime | None
    ended_at: datetime | None
    trial_end: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Quote:
    """What a change costs before it is agreed to."""

    id: str
    plan_title: str
    interval: str
    quantity: int
    timing: str
    due_now_minor: int
    due_now_text: str
    next_amount_text: str
    credits_now: int
    is_exact: bool
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Agreed:
    """`done`, `scheduled`, or `action_required` at `url`."""

    state: str
    url: str


@dataclass(frozen=True, slots=True)
class Customer:
    """A person with an account (server keys)."""

    id: str
    email: str
    name: str
    locale: str
    email_verified: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some rows, the newest first. Pass `next` (older rows) or `previous` (newer ones) on as `after`."""

    data: list[T]
    next: str | None
    previous: str | None


def read(kind: type[T], json: Any) -> T:
    """One of the values above from its JSON."""
    return kind(**{name: _value(json[name], is_instant) for name, is_instant in _fields(kind).items()})


def _value(value: Any, is_instant: bool) -> Any:
    return datetime.fromisoformat(value) if is_instant and value is not None else value


@cache
def _fields(kind: type[Any]) -> dict[str, bool]:
    """The names of a kind's fields, and whether each is an instant."""
    hints = typing.get_type_hints(kind)
    return {each.name: _is_instant(hints[each.name]) for each in dataclasses.fields(kind)}


def _is_instant(hint: Any) -> bool:
    parts = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    return datetime in parts

"""What a purchase sets going beyond credits: a licence key, a download, an invitation; carried out by a job.

A delivery is registered by name and named in the benefits of a plan, a price or a product. Each is carried out at least
once for an order, tried again when it fails, and taken back when the order's money went back or its subscription ended.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import structlog

from nestpay import queue, signals
from nestpay.billing.clock import real_now
from nestpay.domain.deliveries import DeliveryState
from nestpay.domain.errors import NotFound
from nestpay.settings import get_settings
from nestpay.store import audit, plans, users
from nestpay.store import deliveries as store
from nestpay.store import orders as order_store
from nestpay.store.session import reading, transaction
from nestpay.store.tables import DeliveryRow

JOB = "deliveries"

_SET = 10
_LEASE = timedelta(minutes=5)
_WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 720))
_LOOK_BACK = timedelta(days=3)

log = structlog.get_logger(__name__)

Result = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Parcel:
    """What is handed over, and to whom. `id` is the same at every try: make idempotency keys of it.

    `sells` is what was bought, by kind and slug, such as `product:…` or `plan:pro`.
    """

    id: str
    order_id: str
    user_id: str
    email: str
    sells: str
    quantity: int


class Delivery(Protocol):
    """One kind of thing that is handed over. Both methods may be called again for the same parcel after a crash."""

    name: str

    def carry_out(self, parcel: Parcel) -> Result:
        """Hand it over; gives what its buyer may see, as JSON. Whatever it raises is tried again later."""
        ...

    def take_back(self, parcel: Parcel, result: Result) -> None:
        """Undo it, if it can be undone; `result` is what `carry_out` gave, or empty if that never ended."""
        ...


class LicenceKey:
    """A key that is the same whenever one asks for it, and that nobody can make up."""

    name = "licence_key"

    def carry_out(self, parcel: Parcel) -> Result:
        """See Delivery. The result has the `key`."""
        secret = get_settings().secret_key.get_secret_value().encode()
        digits = hmac.new(secret, f"licence:{parcel.id}".encode(), hashlib.sha256).hexdigest()[:20].upper()
        return {"key": "-".join(digits[place : place + 5] for place in range(0, 20, 5))}

    def take_back(self, parcel: Parcel, result: Result) -> None:
        """See Delivery. `is_valid_key` says no from now on."""


class Download:
    """The file of a product, by short-lived signed links (nestpay.billing.downloads)."""

    name = "download"

    def carry_out(self, parcel: Parcel) -> Result:
        """See Delivery. There is nothing to do ahead: each link is made when it is asked for."""
        return {"download": parcel.sells.partition(":")[2]}

    def take_back(self, parcel: Parcel, result: Result) -> None:
        """See Delivery. A link asks anew whether it still may lead to the file."""


_registered: dict[str, Delivery] = {}


def register(delivery: Delivery) -> None:
    """Let a delivery be named in benefits. The last one of a name counts."""
    _registered[delivery.name] = delivery


def forget(name: str) -> None:
    """Take a delivery out again."""
    _registered.pop(name, None)


def names() -> tuple[str, ...]:
    """The deliveries that there are."""
    return tuple(sorted(_registered))


register(LicenceKey())
register(Download())


def run_due(limit: int = _SET) -> int:
    """Carry out, or take back, up to `limit` deliveries that are due; returns how many were looked at.

    One that fails is tried again after a minute first and half a day at last, and is given up (`failed`) after seven
    tries: an admin sees why, and may let it be tried again.
    """
    now = real_now()
    with transaction() as session:
        store.end_with_subscriptions(session, now - _LOOK_BACK, now)
    with transaction() as session:
        claimed = store.claim(session, limit, now, now + _LEASE)
    for row in claimed:
        _work_on(row)
    return len(claimed)


def _work_on(row: DeliveryRow) -> None:
    delivery = _registered.get(row.name)
    try:
        if delivery is None:
            raise LookupError(f"there is no delivery called {row.name}")
        outcome = _outcome(delivery, row)
    except Exception as error:  # noqa: BLE001  a delivery is foreign code: whatever it raises is kept and shown
        outcome = _failure(row, error)
    with transaction() as session:
        is_written = store.finish(session, row, real_now(), **outcome)
    if is_written:
        signals.publish([row.user_id])
    else:
        queue.enqueue(JOB)


def _outcome(delivery: Delivery, row: DeliveryRow) -> dict[str, Any]:
    parcel = _parcel(row)
    if row.state == DeliveryState.REVOKING:
        delivery.take_back(parcel, row.result)
        return {"state": DeliveryState.REVOKED, "next_attempt_at": None, "error": ""}
    return {
        "state": DeliveryState.DONE,
        "result": delivery.carry_out(parcel),
        "next_attempt_at": None,
        "error": "",
    }


def _failure(row: DeliveryRow, error: Exception) -> dict[str, Any]:
    said = f"{type(error).__name__}: {error}"[:500]
    gives_up = row.attempts > len(_WAITS)
    log.warning("delivery.failed", delivery=row.id, name=row.name, attempts=row.attempts, error=said)
    if gives_up and row.state == DeliveryState.PENDING:
        return {"state": DeliveryState.FAILED, "next_attempt_at": None, "error": said}
    return {"next_attempt_at": real_now() + _WAITS[min(row.attempts, len(_WAITS)) - 1], "error": said}


def _parcel(row: DeliveryRow) -> Parcel:
    with reading() as session:
        order = order_store.by_id(session, row.order_id)
        price = next(iter(plans.price_rows(session, [order.price_id or ""])), None) if order else None
        user = users.by_id(session, row.user_id)
    if order is None or user is None:
        raise LookupError("its order or its owner is gone")
    sells = price.sells if price else ""
    return Parcel(row.id, row.order_id, row.user_id, user.email, sells, order.quantity)


def is_valid_key(order_id: str, key: str) -> bool:
    """Whether this is the licence key that an order was given, and it was not taken back."""
    with reading() as session:
        found = store.of_orders(session, [order_id])
    return any(row.state == DeliveryState.DONE and hmac.compare_digest(row.result.get("key", ""), key) for row in found)


@dataclass(frozen=True, slots=True)
class DeskRow:
    """A delivery as an admin sees it. Instants are UTC; `error` is what went wrong last."""

    id: str
    order_id: str
    email: str
    name: str
    state: str
    attempts: int
    error: str
    created_at: datetime
    next_attempt_at: datetime | None


def desk(limit: int = 100) -> tuple[DeskRow, ...]:
    """The newest deliveries of everybody, those that were given up first."""
    with reading() as session:
        found = store.newest(session, limit)
    return tuple(
        DeskRow(
            row.id,
            row.order_id,
            email,
            row.name,
            row.state,
            row.attempts,
            row.error,
            row.created_at,
            row.next_attempt_at,
        )
        for row, email in found
    )


def retry(delivery_id: str, *, by: str, ip: str = "") -> None:
    """Let a delivery that was given up be tried again. `by` is the admin. Raises NotFound when there is none such."""
    with transaction() as session:
        if not store.again(session, delivery_id, real_now()):
            raise NotFound
        audit.append(
            session, at=real_now(), actor_id=by, action="delivery.retry", subject=f"delivery:{delivery_id}", ip=ip
        )
    queue.enqueue(JOB)


def wanted(order_id: str, user_id: str, names_of_it: tuple[str, ...]) -> tuple[store.DeliveriesWanted, ...]:
    """The mark that makes an order's deliveries, or none when it has none."""
    return (store.DeliveriesWanted(order_id, user_id, names_of_it),) if names_of_it else ()


def turned(order_id: str, status: str) -> store.DeliveriesTurned:
    """The mark that hands over, or takes back, what an order gave, by its status."""
    return store.DeliveriesTurned(order_id, status in store.KEPT)

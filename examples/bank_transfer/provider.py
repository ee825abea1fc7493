"""A payment company that is no company: customers send money with a reference, and the admin says when it came.

It keeps its transfers in a file of its own, as a real company would keep them on its own machines.
"""

import hashlib
import hmac
import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nestpay.domain.errors import BadSignature, MalformedEvent, ProviderMissing, ProviderRefused
from nestpay.domain.facts import Amounts, CheckoutPaid, Fact, ProviderEvent, Refunded
from nestpay.domain.periods import Interval
from nestpay.domain.plans import PriceType
from nestpay.providers.base import Capability, Checkout, CheckoutRequest, NewPrice, ProviderPrice
from nestpay.providers.refusals import RefusesTheRest

SIGNATURE = "bank-signature"
_HINTS = ("order_id", "user_id", "price_id")


class BankTransfer(RefusesTheRest):
    """`file` holds the transfers, `secret` signs what is told of them, `page` tells customers where to send the money."""

    name = "bank_transfer"
    title = "Bank transfer"
    capabilities = frozenset({Capability.PARTIAL_REFUND})

    def __init__(self, *, file: Path, secret: str, page: str) -> None:
        self._file, self._secret, self._page = file, secret.encode(), page
        with closing(self._open()) as books, books:
            books.execute("create table if not exists transfers(reference text primary key, body text not null)")

    # What customers and the admin do

    def open_transfers(self) -> list[dict[str, Any]]:
        """What is awaited, for the admin's list."""
        with closing(self._open()) as books:
            found = [json.loads(body) for (body,) in books.execute("select body from transfers order by rowid")]
        return [transfer for transfer in found if transfer["status"] == "open"]

    def mark_paid(self, reference: str) -> tuple[bytes, dict[str, str]]:
        """The money came. Returns the delivery that says so: post it to /api/webhooks/bank_transfer."""
        transfer = self._read(reference) | {"status": "complete", "paid_at": datetime.now(UTC).isoformat()}
        self._write(transfer)
        return self._delivery("transfer.paid", transfer)

    # PaymentProvider

    def ensure_customer(self, *, user_id: str, email: str, name: str, idempotency_key: str) -> str:
        """See PaymentProvider. A bank knows no customers of ours; their own id will do."""
        return f"bank_{user_id}"

    def create_checkout(self, request: CheckoutRequest, *, idempotency_key: str) -> Checkout:
        """See PaymentProvider. The reference is made of the order, so that asking twice leads to one transfer."""
        price = self.verify_price(request.provider_price_id)
        transfer = {
            "reference": hashlib.sha256(request.order_id.encode()).hexdigest()[:12].upper(),
            "amount": price.amount_minor * request.quantity,
            "currency": price.currency,
            "status": "open",
            "customer": request.customer_id,
            "metadata": dict(request.metadata),
            "returned": {},
        }
        self._write(transfer, only_new=True)
        return self.retrieve_checkout(transfer["reference"])

    def retrieve_checkout(self, session_id: str) -> Checkout:
        """See PaymentProvider."""
        transfer = self._read(session_id)
        facts = (_paid(transfer, datetime.now(UTC)),) if transfer["status"] == "complete" else ()
        return Checkout(session_id, f"{self._page}?reference={session_id}", transfer["status"], None, facts)

    def create_price(self, price: NewPrice, *, idempotency_key: str) -> ProviderPrice:
        """See PaymentProvider. The id says all there is to know."""
        if price.type is not PriceType.ONE_TIME:
            raise ProviderRefused(reason="nobody sends money by themselves every month")
        return self.verify_price(f"{price.currency}_{price.amount_minor}_{price.plan_key}")

    def verify_price(self, provider_price_id: str) -> ProviderPrice:
        """See PaymentProvider."""
        currency, _, rest = provider_price_id.partition("_")
        amount = rest.partition("_")[0]
        if not amount.isdigit():
            raise ProviderMissing(param="price")
        return ProviderPrice(
            price_id=provider_price_id,
            product_id=provider_price_id,
            type=PriceType.ONE_TIME,
            interval=Interval.ONCE,
            currency=currency,
            amount_minor=int(amount),
            active=True,
        )

    def refund(
        self, payment_intent_id: str, *, amount_minor: int | None, reason: str, idempotency_key: str
    ) -> tuple[Fact, ...]:
        """See PaymentProvider. The admin sends the money back by hand; here it is only written down."""
        transfer = self._read(payment_intent_id)
        done: dict[str, int] = transfer["returned"]
        left = transfer["amount"] - sum(done.values())
        if idempotency_key not in done:
            done[idempotency_key] = left if amount_minor is None else amount_minor
            if done[idempotency_key] > left:
                raise ProviderRefused(reason="that is more than came")
            self._write(transfer)
        place = list(done).index(idempotency_key)
        return (
            Refunded(
                provider=self.name,
                at=datetime.now(UTC),
                refund_id=f"{payment_intent_id}-{place}",
                amount=done[idempotency_key],
                currency=transfer["currency"],
                status="succeeded",
                reason=reason,
                payment_intent_id=payment_intent_id,
            ),
        )

    def verify_event(self, body: bytes, headers: Mapping[str, str], now: datetime) -> ProviderEvent:
        """See PaymentProvider."""
        if not hmac.compare_digest(headers.get(SIGNATURE, ""), self._sign(body)):
            raise BadSignature
        return self.parse_event(body.decode(errors="replace"))

    def parse_event(self, payload: str) -> ProviderEvent:
        """See PaymentProvider. Real money moves in live mode only; a transfer says in which it was asked for."""
        try:
            body = json.loads(payload)
            transfer = body["transfer"]
            return ProviderEvent(
                provider=self.name,
                id=body["id"],
                type=body["type"],
                livemode=bool(body.get("livemode")),
                api_version="1",
                object_id=transfer["reference"],
                occurred_at=datetime.fromisoformat(body["at"]),
                payload=payload,
                body=body,
            )
        except (ValueError, KeyError, TypeError) as error:
            raise MalformedEvent(reason=f"no transfer: {error}") from error

    def translate(self, event: ProviderEvent) -> tuple[Fact, ...]:
        """See PaymentProvider."""
        if event.type != "transfer.paid":
            return ()
        return (_paid(event.body["transfer"], event.occurred_at),)

    # Its own books

    def _delivery(self, kind: str, transfer: dict[str, Any]) -> tuple[bytes, dict[str, str]]:
        told = {
            "id": f"{transfer['reference']}:{kind}",
            "type": kind,
            "at": datetime.now(UTC).isoformat(),
            "transfer": transfer,
        }
        raw = json.dumps(told).encode()
        return raw, {SIGNATURE: self._sign(raw)}

    def _sign(self, body: bytes) -> str:
        return hmac.new(self._secret, body, hashlib.sha256).hexdigest()

    def _open(self) -> sqlite3.Connection:
        return sqlite3.connect(self._file, timeout=10)

    def _read(self, reference: str) -> dict[str, Any]:
        with closing(self._open()) as books:
            row = books.execute("select body from transfers where reference = ?", (reference,)).fetchone()
        if row is None:
            raise ProviderMissing(param="transfer")
        return json.loads(row[0])

    def _write(self, transfer: dict[str, Any], *, only_new: bool = False) -> None:
        how = "ignore" if only_new else "replace"
        with closing(self._open()) as books, books:
            values = (transfer["reference"], json.dumps(transfer))
            books.execute(f"insert or {how} into transfers(reference, body) values (?, ?)", values)  # noqa: S608


def _paid(transfer: dict[str, Any], at: datetime) -> CheckoutPaid:
    amount = transfer["amount"]
    return CheckoutPaid(
        provider=BankTransfer.name,
        at=at,
        session_id=transfer["reference"],
        customer_id=transfer["customer"],
        amounts=Amounts(subtotal=amount, discount=0, tax=0, total=amount, currency=transfer["currency"]),
        payment_intent_id=transfer["reference"],
        **{name: transfer["metadata"].get(name) for name in _HINTS},
    )

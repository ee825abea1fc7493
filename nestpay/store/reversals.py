"""Refunds, disputes and payment links: found by the payment they belong to, whether its order is known yet or not."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import func, or_, select
from sqlmodel import Session, SQLModel

from nestpay.domain.ledger import LogType, Lot
from nestpay.domain.refunds import Dispute, DisputeStatus, Granted, Refund, RefundStatus
from nestpay.store.among import among
from nestpay.store.ledger import grants, insert_for, lineage, logs, lot_from
from nestpay.store.tables import DisputeRow, PaymentLinkRow, RefundRow

_tables = SQLModel.metadata.tables
refunds, disputes = _tables[RefundRow.__tablename__], _tables[DisputeRow.__tablename__]
links = _tables[PaymentLinkRow.__tablename__]
_ENDS = frozenset({LogType.PERIOD_RESET, LogType.EXPIRE, LogType.SUBSCRIPTION_CANCEL_REVOKE})
UNSPENT = _ENDS | {LogType.REFUND_REVOKE, LogType.REFUND_RETURN}
"""Log lines that take credits out of a lot, or put them back, without anybody having used them."""


@dataclass(frozen=True, slots=True)
class Payment:
    """One row of `payment_links`: what is known of a payment."""

    provider: str
    payment_intent_id: str
    invoice_id: str = ""
    charge_id: str = ""
    receipt_url: str = ""

    def learn(self, *, invoice_id: str, charge_id: str, receipt_url: str) -> "Payment":
        """The same with what is new; what is known already stays."""
        return replace(
            self,
            invoice_id=self.invoice_id or invoice_id,
            charge_id=self.charge_id or charge_id,
            receipt_url=self.receipt_url or receipt_url,
        )


@dataclass(slots=True)
class Reversals:
    """What went back or is contested, by (provider, id), and what it belongs to."""

    refunds: dict[tuple[str, str], Refund] = field(default_factory=dict)
    disputes: dict[tuple[str, str], Dispute] = field(default_factory=dict)
    payments: dict[tuple[str, str], Payment] = field(default_factory=dict)
    lots_of_order: dict[str, list[Lot]] = field(default_factory=dict)
    revoked: dict[str, int] = field(default_factory=dict)
    """By lot, how many of its credits its own order's refunds took so far."""
    ended: dict[str, int] = field(default_factory=dict)
    """By lot, how many of its credits ran out unused."""
    _payment_of_invoice: dict[tuple[str, str], Payment] = field(default_factory=dict)
    _dirty: set[tuple[str, str]] = field(default_factory=set)

    def payment_of(self, provider: str, payment_intent_id: str | None, invoice_id: str | None) -> Payment | None:
        """What is known of a payment, found by its own id or its invoice's."""
        own = self.payments.get((provider, payment_intent_id or ""))
        return own or self._payment_of_invoice.get((provider, invoice_id or ""))

    def remember(self, payment: Payment, *, is_new: bool = True) -> None:
        """Take up what is known of a payment."""
        key = payment.provider, payment.payment_intent_id
        self.payments[key] = payment
        if payment.invoice_id:
            self._payment_of_invoice[payment.provider, payment.invoice_id] = payment
        if is_new:
            self._dirty.add(key)

    def put(self, reversal: Refund | Dispute) -> None:
        """Take up a refund or dispute as it now is."""
        if isinstance(reversal, Refund):
            key = reversal.provider, reversal.provider_refund_id
            self.refunds[key] = reversal
        else:
            key = reversal.provider, reversal.provider_dispute_id
            self.disputes[key] = reversal
        self._dirty.add(key)

    def count(self, lot_id: str, kind: LogType, amount: int, *, is_own: bool) -> None:
        """Take up what a log line moved in a lot; `is_own`: the line speaks of the order that granted the lot."""
        if kind in _ENDS:
            self.ended[lot_id] = self.ended.get(lot_id, 0) - amount
        elif kind in UNSPENT and is_own:
            self.revoked[lot_id] = self.revoked.get(lot_id, 0) - amount

    def as_granted(self, lot: Lot, now: datetime) -> Granted:
        """A lot as its order's refunds see it at `now` (UTC)."""
        is_over = lot.closed_at is not None or lot.is_expired(now)
        revoked, ended = self.revoked.get(lot.id, 0), self.ended.get(lot.id, 0)
        return Granted(amount=lot.amount, remaining=lot.remaining, revoked=revoked, ended=ended, is_over=is_over)

    def flush(self, session: Session, now: datetime) -> None:
        """Write what was taken up."""
        _write_payments(session, [row for key, row in self.payments.items() if key in self._dirty], now)
        _upsert(session, refunds, [asdict(row) for key, row in self.refunds.items() if key in self._dirty], "refund")
        _upsert(session, disputes, [asdict(row) for key, row in self.disputes.items() if key in self._dirty], "dispute")


def _upsert(session: Session, table: Any, rows: list[dict[str, Any]], noun: str) -> None:
    if not rows:
        return
    statement = insert_for(session, table)
    changed = {
        column.name: statement.excluded[column.name] for column in table.c if column.name not in ("id", "created_at")
    }
    upsert = statement.on_conflict_do_update(index_elements=["provider", f"provider_{noun}_id"], set_=changed)
    session.connection().execute(upsert, rows)


def _write_payments(session: Session, payments: list[Payment], now: datetime) -> None:
    """Two that learn of a payment at once add up: what one of them does not know leaves the other's in place."""
    if not payments:
        return
    statement = insert_for(session, links)
    known = {
        name: func.coalesce(func.nullif(links.c[name], ""), statement.excluded[name])
        for name in ("provider_invoice_id", "provider_charge_id", "receipt_url")
    }
    upsert = statement.on_conflict_do_update(index_elements=["provider", "provider_payment_intent_id"], set_=known)
    rows = [
        {
            "provider": payment.provider,
            "provider_payment_intent_id": payment.payment_intent_id,
            "provider_invoice_id": payment.invoice_id,
            "provider_charge_id": payment.charge_id,
            "receipt_url": payment.receipt_url,
            "created_at": now,
        }
        for payment in payments
    ]
    session.connection().execute(upsert, rows)


def load_payments(
    session: Session, reversals: Reversals, payment_intent_ids: Iterable[str], invoice_ids: Iterable[str]
) -> None:
    """Read what is known of these payments, and of those that paid these invoices."""
    conditions = []
    if payments := sorted(set(payment_intent_ids)):
        conditions.append(links.c.provider_payment_intent_id.in_(payments))
    if invoices := sorted(set(invoice_ids)):
        conditions.append(links.c.provider_invoice_id.in_(invoices))
    if conditions:
        for row in session.execute(select(links).where(or_(*conditions))):
            payment = Payment(
                row.provider,
                row.provider_payment_intent_id,
                row.provider_invoice_id,
                row.provider_charge_id,
                row.receipt_url,
            )
            reversals.remember(payment, is_new=False)


def load(session: Session, reversals: Reversals, payment_intent_ids: Iterable[str], charge_ids: Iterable[str]) -> None:
    """Read the refunds and disputes of these payments."""
    wanted = {"provider_payment_intent_id": set(payment_intent_ids), "provider_charge_id": set(charge_ids)}
    for row in _rows_by(session, refunds, wanted, lock=True):
        refund = Refund(**{**row, "status": RefundStatus(row["status"])})
        reversals.refunds[refund.provider, refund.provider_refund_id] = refund
    for row in _rows_by(session, disputes, wanted, lock=True):
        dispute = Dispute(**{**row, "status": DisputeStatus(row["status"])})
        reversals.disputes[dispute.provider, dispute.provider_dispute_id] = dispute


def _rows_by(session: Session, table: Any, ids_by_column: dict[str, set[str]], *, lock: bool) -> Iterable[Any]:
    """The rows that have one of these ids in one of these columns."""
    wanted = {column: ids for column, ids in ids_by_column.items() if ids}
    if not wanted:
        return ()
    return session.connection().execute(_query_by(table, lock, *wanted), wanted).mappings()


@cache
def _query_by(table: Any, lock: bool, *columns: str) -> Any:
    query = select(table).where(or_(*(among(table.c[column], column) for column in columns)))
    return query.order_by(table.c.id).with_for_update() if lock else query


def load_lots(session: Session, reversals: Reversals, order_ids: Iterable[str]) -> None:
    """Read all lots that these orders granted, spent and closed ones too, and where their credits went unspent."""
    wanted = sorted(set(order_ids))
    if not wanted:
        return
    for row in session.execute(select(grants).where(grants.c.order_id.in_(wanted))).mappings():
        reversals.lots_of_order.setdefault(row["order_id"], []).append(lot_from(row))
    moves = (
        select(lineage.c.lot_id, logs.c.type, logs.c.order_id, grants.c.order_id, lineage.c.amount)
        .join(logs, logs.c.id == lineage.c.log_id)
        .join(grants, grants.c.id == lineage.c.lot_id)
        .where(grants.c.order_id.in_(wanted), logs.c.type.in_(UNSPENT))
    )
    for lot_id, kind, caused_by, granted_by, amount in session.execute(moves):
        reversals.count(lot_id, LogType(kind), amount, is_own=caused_by == granted_by)


def count_refunds(session: Session, order_id: str) -> int:
    """How many refunds of an order there were so far, failed ones too."""
    return session.execute(select(func.count()).where(refunds.c.order_id == order_id)).scalar_one()

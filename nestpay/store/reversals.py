"""Refunds, disputes and payment links: found by the payment they belong to, whether its order is known yet or not."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import func, or_, select
from sqlmodel import Session, SQLModel

from nestpay.domain.ledger import LogType, Lot
from nestpay.domain.refunds import Dispute, DisputeStatus, Granted, Refund, RefundStatus
from nestpay.store.among import among, among_of
from nestpay.store.ledger import grants, insert_for, lineage, logs, lot_from
from nestpay.store.reads import Read
from nestpay.store.tables import DisputeRow, PaymentLinkRow, RefundRow

_tables = SQLModel.metadata.tables
refunds, disputes = _tables[RefundRow.__tablename__], _tables[DisputeRow.__tablename__]
links = _tables[PaymentLinkRow.__tablename__]
_ENDS = frozenset({LogType.PERIOD_RESET, LogType.EXPIRE, LogType.SUBSCRIPTION_CANCEL_REVOKE})
UNSPENT = _ENDS | {LogType.REFUND_REVOKE, LogType.REFUND_RETURN}
"""Log lines that take credits out of a lot, or put them back, without anybody having used them."""
_LOTS_OF_ORDERS = select(grants).where(among(grants.c.order_id, "order_ids"))
_MOVES_OF_ORDERS = (
    select(
        lineage.c.lot_id,
        logs.c.type,
        logs.c.order_id.label("caused_by"),
        grants.c.order_id.label("granted_by"),
        lineage.c.amount,
    )
    .join(logs, logs.c.id == lineage.c.log_id)
    .join(grants, grants.c.id == lineage.c.lot_id)
    .where(among(grants.c.order_id, "order_ids"), among(logs.c.type, "types"))
)


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
    payers: dict[str, tuple[Lot, int]] = field(default_factory=dict)
    """The lots that paid debts, and how much."""
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


def reads(
    payment_intent_ids: set[str], charge_ids: set[str], invoice_ids: set[str], providers: Iterable[str]
) -> list[Read | None]:
    """What `take_in` needs: what is known of these payments and of those of these invoices; their refunds; their disputes."""
    of_payments = {"provider_payment_intent_id": payment_intent_ids, "provider_charge_id": charge_ids}
    of_links = {"provider_payment_intent_id": payment_intent_ids, "provider_invoice_id": invoice_ids}
    known = _read_by(links, of_links, {"providers": providers} if payment_intent_ids else {})
    return [known, _read_by(refunds, of_payments), _read_by(disputes, of_payments)]


def take_in(
    reversals: Reversals, payments: Iterable[Any], refund_rows: Iterable[Any], dispute_rows: Iterable[Any]
) -> None:
    """Take up the rows of `reads`."""
    for row in payments:
        ids = row["provider_payment_intent_id"], row["provider_invoice_id"], row["provider_charge_id"]
        reversals.remember(Payment(row["provider"], *ids, row["receipt_url"]), is_new=False)
    for row in refund_rows:
        refund = Refund(**{**row, "status": RefundStatus(row["status"])})
        reversals.refunds[refund.provider, refund.provider_refund_id] = refund
    for row in dispute_rows:
        dispute = Dispute(**{**row, "status": DisputeStatus(row["status"])})
        reversals.disputes[dispute.provider, dispute.provider_dispute_id] = dispute


def _read_by(
    table: Any, ids_by_column: dict[str, set[str]], more: Mapping[str, Iterable[str]] | None = None
) -> Read | None:
    """The rows that have one of these ids in one of these columns; refunds and disputes are locked."""
    wanted = {column: ids for column, ids in ids_by_column.items() if ids}
    return Read(_query_by(table, *wanted), wanted | dict(more or {})) if wanted else None


@cache
def _query_by(table: Any, *columns: str) -> Any:
    if table is links:
        by_payment = among_of(links, "provider_payment_intent_id", "provider_payment_intent_id")
        by_column = {"provider_payment_intent_id": by_payment}
        return select(links).where(or_(*(by_column.get(name, among(links.c[name], name)) for name in columns)))
    query = select(table).where(or_(*(among(table.c[column], column) for column in columns)))
    return query.order_by(table.c.id).with_for_update()


def reads_of_lots(order_ids: Iterable[str]) -> tuple[Read, Read]:
    """What `take_in_lots` needs: all lots that these orders granted, spent and closed ones too, and their unspent ends."""
    ids = set(order_ids)
    return Read(_LOTS_OF_ORDERS, {"order_ids": ids}), Read(_MOVES_OF_ORDERS, {"order_ids": ids, "types": UNSPENT})


def take_in_lots(reversals: Reversals, lots: Iterable[Any], moves: Iterable[Any]) -> None:
    """Take up the rows of `reads_of_lots`: the lots, and where their credits went unspent."""
    for row in lots:
        reversals.lots_of_order.setdefault(row["order_id"], []).append(lot_from(row))
    for row in moves:
        is_own = row["caused_by"] == row["granted_by"]
        reversals.count(row["lot_id"], LogType(row["type"]), row["amount"], is_own=is_own)


def holders(session: Session, order_ids: Iterable[str]) -> set[str]:
    """Everybody who has a lot that one of these orders paid for."""
    wanted = sorted(order_ids)
    return set(session.scalars(select(grants.c.user_id).where(grants.c.order_id.in_(wanted)).distinct()))


def take_in_payers(session: Session, reversals: Reversals, user_ids: Iterable[str]) -> None:
    """Take up which lots of these users paid debts, as they are now, and how much."""
    paid = (
        select(lineage.c.lot_id, func.sum(-lineage.c.amount).label("paid"))
        .join(logs, logs.c.id == lineage.c.log_id)
        .where(logs.c.user_id.in_(sorted(user_ids)), logs.c.type == LogType.DEBT_REPAID)
        .group_by(lineage.c.lot_id)
        .subquery()
    )
    for row in session.execute(select(grants, paid.c.paid).join(paid, paid.c.lot_id == grants.c.id)).mappings():
        lot = lot_from(row)
        reversals.payers[lot.id] = lot, int(row["paid"])


def count_refunds(session: Session, order_id: str) -> int:
    """How many refunds of an order there were so far, failed ones too."""
    return session.execute(select(func.count()).where(refunds.c.order_id == order_id)).scalar_one()

"""Lets something be tried without being done: all writes of a block are taken back, and what they changed is told."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import or_, select
from sqlmodel import Session, SQLModel

from nestpay.store.session import engine
from nestpay.store.tables import (
    CreditDripRow,
    CreditGrantRow,
    CreditLogRow,
    CustomerRow,
    DisputeRow,
    EmailRow,
    FraudWarningRow,
    OrderRow,
    RefundRow,
    SubscriptionChangeRow,
    SubscriptionRow,
    UsageRow,
)

_tables = SQLModel.metadata.tables
_OF_PEOPLE: tuple[type[SQLModel], ...] = (
    OrderRow,
    SubscriptionRow,
    SubscriptionChangeRow,
    UsageRow,
    CreditGrantRow,
    CreditDripRow,
    CustomerRow,
    EmailRow,
)
_OF_PAYMENTS: tuple[type[SQLModel], ...] = (RefundRow, DisputeRow, FraudWarningRow)
_UNTOLD = frozenset(
    "id user_id created_at updated_at watermark hash previous_hash head_hash seq next_attempt_at dedupe_key at "
    "provider_metadata checkout_url token_hash is_open".split()
)
"""What differs each time something is tried, or says nothing to a person."""


@dataclass(frozen=True, slots=True)
class RowChange:
    """One row that is new or differs: (column, before, after) for each difference; nothing before in a new row."""

    table: str
    row_id: str
    name: str
    is_new: bool
    fields: tuple[tuple[str, Any, Any], ...]


@dataclass(slots=True)
class Watched:
    """The rows of some people, and those of some payments, as they were."""

    session: Session
    user_ids: Sequence[str]
    payment_ids: Sequence[str] = ()
    _before: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    _heads: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        usage = _tables[UsageRow.__tablename__]
        heads = select(usage.c.user_id, usage.c.seq).where(usage.c.user_id.in_(self.user_ids))
        self._heads = {row[0]: row[1] for row in self.session.execute(heads)}
        self._before = self._look()

    def changes(self) -> list[RowChange]:
        """What differs now, in the order of the tables."""
        found = []
        for key, row in self._look().items():
            before = self._before.get(key)
            fields = tuple(
                (name, before[name] if before else None, value)
                for name, value in row.items()
                if name not in _UNTOLD and (before[name] != value if before else value not in (None, "", 0, False, {}))
            )
            if fields or before is None:
                found.append(RowChange(key[0], key[1], _name(row), before is None, fields))
        return found

    def _look(self) -> dict[tuple[str, str], dict[str, Any]]:
        found = {}
        for kind in _OF_PEOPLE:
            table = _tables[kind.__tablename__]  # pyright: ignore[reportArgumentType]
            found |= self._rows(table, table.c.user_id.in_(self.user_ids))
        logs = _tables[CreditLogRow.__tablename__]
        for user_id in self.user_ids:
            later = logs.c.seq > self._heads.get(user_id, 0)
            found |= self._rows(logs, (logs.c.user_id == user_id) & later)
        orders = _tables[OrderRow.__tablename__]
        own = select(orders.c.id).where(orders.c.user_id.in_(self.user_ids))
        for kind in _OF_PAYMENTS:
            table = _tables[kind.__tablename__]  # pyright: ignore[reportArgumentType]
            found |= self._rows(
                table, or_(table.c.order_id.in_(own), table.c.provider_payment_intent_id.in_(self.payment_ids))
            )
        return found

    def _rows(self, table: Any, condition: Any) -> dict[tuple[str, str], dict[str, Any]]:
        key = table.primary_key.columns.keys()[0]
        rows = self.session.execute(select(table).where(condition).order_by(table.c[key])).mappings()
        return {(table.name, row[key]): dict(row) for row in rows}


def _name(row: dict[str, Any]) -> str:
    """By what people know a row."""
    names = ("description", "template", "reason", "note", "source", "provider_subscription_id", "provider_customer_id")
    return next((str(row[name]) for name in names if row.get(name)), str(row.get("type", "")))


@contextmanager
def rehearsal() -> Iterator[Session]:
    """A unit of work that is taken back at its end, whatever happened in it."""
    with Session(engine(), expire_on_commit=False) as session:
        try:
            yield session
        finally:
            session.rollback()

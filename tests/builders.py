"""Rows that many tests begin with: people, their customers at Stripe, and the starter's catalogue with its prices."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, update
from sqlmodel import Session, SQLModel, col, select

from nestpay.billing import catalog
from nestpay.domain.ledger import Grant, LogType, Pool, Stamp, grant
from nestpay.domain.orders import Order, OrderStatus, OrderType
from nestpay.store import ledger, orders, plans, subscriptions, users
from nestpay.store.columns import new_id
from nestpay.store.session import reading, transaction
from nestpay.store.tables import PlanRow, PriceRecord, UserRow

LONG_AGO = datetime(2027, 1, 1, tzinfo=UTC)


def add_user(name: str = "ada", **columns: Any) -> str:
    """A person with an account and an empty usage row. Gives the id."""
    user = UserRow(email=f"{name}@example.com", name=name.title(), password_hash="!", created_at=LONG_AGO, **columns)
    with transaction() as session:
        assert users.add(session, user)
    return user.id


def add_customer(user_id: str, customer_id: str) -> str:
    """Make the user known at Stripe. Gives the customer's id."""
    with transaction() as session:
        subscriptions.add_customer(session, user_id, "stripe", customer_id, LONG_AGO)
    return customer_id


def seed_catalogue() -> dict[tuple[str, str], PriceRecord]:
    """The starter's plans, their prices known at Stripe as price_<plan>_<interval>. Gives the prices by plan and interval.

    They are seeded once a process and copied after that.
    """
    if not _catalogue:
        _catalogue.update(_seeded())
    else:
        with transaction() as session:
            for table in (PlanRow, PriceRecord):
                session.connection().execute(SQLModel.metadata.tables[table.__tablename__].insert(), _catalogue[table])
    keys = {plan["id"]: plan["key"] for plan in _catalogue[PlanRow]}
    return {(keys[row["plan_id"]], row["interval"]): PriceRecord(**row) for row in _catalogue[PriceRecord]}


_catalogue: dict[type[SQLModel], list[dict[str, Any]]] = {}


def _seeded() -> dict[type[SQLModel], list[dict[str, Any]]]:
    catalog.seed()
    with transaction() as session:
        rows = plans.all_plans(session, "test")
        keys = {row.id: row.key for row in rows}
        prices = plans.prices_of(session, keys)
        for price in prices:
            if price.provider == "stripe":
                key = keys[price.plan_id]
                price.provider_price_id, price.provider_product_id = f"price_{key}_{price.interval}", f"prod_{key}"
        return {PlanRow: [row.model_dump() for row in rows], PriceRecord: [row.model_dump() for row in prices]}


def give_credits(user_id: str, amount: int, pool: Pool = Pool.ONE_TIME, **details: Any) -> None:
    """Grant credits out of nowhere, in the ledger's own way."""
    now = datetime.now(UTC)
    wish = Grant(pool=pool, source=LogType.SIGNUP_BONUS, key=f"gift:{new_id()}", amount=amount, **details)
    with transaction() as session:
        account = ledger.load_accounts(session, [user_id])[user_id]
        ledger.write_postings(session, [grant(account, wish, Stamp(now, new_id))], now)


def add_order(user_id: str, price: PriceRecord | None = None, **fields: Any) -> Order:
    """A pending order of 9 dollars; `fields` make it another one."""
    known: dict[str, Any] = {
        "id": new_id(),
        "user_id": user_id,
        "provider": "stripe",
        "type": OrderType.PURCHASE,
        "status": OrderStatus.PENDING,
        "currency": "usd",
        "amount_subtotal": 900,
        "amount_total": 900,
        "price_id": price.id if price else None,
        "plan_id": price.plan_id if price else None,
        "created_at": LONG_AGO,
        "updated_at": LONG_AGO,
    }
    order = Order(**{**known, **fields})
    with transaction() as session:
        orders.add(session, order)
    return order


def rows_of(table: type[SQLModel], **equal: Any) -> list[Any]:
    """All rows of a table with these values, by id or key."""
    with reading() as session:
        query = select(table)
        for name, value in equal.items():
            query = query.where(col(getattr(table, name)) == value)
        return sorted(session.exec(query), key=lambda row: str(getattr(row, "id", "")))


def set_columns(table: type[SQLModel], name: str, value: str, **columns: Any) -> None:
    """Write these columns of the rows with this value, behind everybody's back."""
    with transaction() as session:
        session.execute(update(table).where(col(getattr(table, name)) == value).values(**columns))


def counts(*tables: type[SQLModel]) -> tuple[int, ...]:
    """How many rows each table holds."""
    with reading() as session:
        return tuple(_count(session, tables))


def _count(session: Session, tables: Iterable[type[SQLModel]]) -> Iterable[int]:
    return [session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]

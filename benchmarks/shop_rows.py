"""A shop of any size in a few statements: customers, orders, subscriptions and the steps of their lives, made by SQL.

Row `n` is the same in every run and on both kinds of database: customer `n` is `buyer0000n@example.com`, orders are
spread evenly over two years, a subscription in ten ended, one in seven has been upgraded.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Table, text
from sqlmodel import SQLModel

from nestpay.store.session import engine
from nestpay.store.tables import (
    CustomerRow,
    OrderRow,
    RefundRow,
    SubscriptionChangeRow,
    SubscriptionRow,
    UsageRow,
    UserRow,
)

SPAN = timedelta(days=730)
_MILLISECONDS = 1000
_KEY = "buyer"


def add(orders: int, subscriptions: int, until: datetime) -> None:
    """Fill a migrated and seeded database: as many customers as subscriptions, the newest rows just before `until` (UTC)."""
    with engine().begin() as connection:
        rows = _Rows(connection, until)
        rows.fill(UserRow, subscriptions, _user(rows))
        rows.fill(UsageRow, subscriptions, {"user_id": rows.id("n"), "updated_at": rows.at("0")})
        rows.fill(CustomerRow, subscriptions, _customer(rows))
        rows.fill(SubscriptionRow, subscriptions, _subscription(rows, subscriptions))
        for step in ("started", "upgraded", "ended"):
            rows.fill(SubscriptionChangeRow, subscriptions, *_change(rows, subscriptions, step))
        rows.fill(OrderRow, orders, _order(rows, orders, subscriptions))
        rows.fill(RefundRow, orders, _refund(rows, orders), "n % 50 = 7")
    with engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


class _Rows:
    """How a number becomes an id or an instant, in the words of one kind of database."""

    def __init__(self, connection: Connection, until: datetime) -> None:
        self._connection = connection
        self._is_postgres = connection.dialect.name == "postgresql"
        self._first = round((until - SPAN).astimezone(UTC).timestamp()) * _MILLISECONDS
        self.span = round(SPAN.total_seconds()) * _MILLISECONDS
        prices = connection.execute(
            text(
                "select id, plan_id, interval, amount_minor, currency from prices where type = :type order by amount_minor, id"
            ),
            {"type": "recurring"},
        )
        self.prices = list(prices.mappings())

    def id(self, number: str, kind: int = 0) -> str:
        """A text of 32 hex digits that sorts as the number does."""
        if self._is_postgres:
            return f"'{kind:012x}' || lpad(to_hex(({number})::bigint), 20, '0')"
        return f"printf('{kind:012x}%020x', {number})"

    def text(self, before: str, number: str, after: str = "") -> str:
        """`number` in eight digits with a text on either side."""
        if self._is_postgres:
            return f"'{before}' || lpad(({number})::text, 8, '0') || '{after}'"
        return f"printf('{before}%08d{after}', {number})"

    def at(self, milliseconds: str) -> str:
        """The instant so many milliseconds after the first."""
        moment = f"({self._first} + {milliseconds})"
        if self._is_postgres:
            return f"to_timestamp({moment} / 1000.0)"
        return f"strftime('%Y-%m-%d %H:%M:%f000', {moment} / 1000.0, 'unixepoch')"

    def of_price(self, column: str, number: str) -> str:
        """A column of the recurring price that falls to a number."""
        cases = " ".join(f"when {place} then {_literal(price[column])}" for place, price in enumerate(self.prices))
        return f"(case ({number}) % {len(self.prices)} {cases} end)"

    def fill(self, table: type[SQLModel], count: int, values: dict[str, str], where: str = "true") -> None:
        """Insert a row for each number below `count`; what `values` leave out is empty."""
        built: Table = SQLModel.metadata.tables[table.__tablename__]  # pyright: ignore[reportArgumentType]
        filled = {column.name: _empty(column) for column in built.columns if not column.nullable} | values
        names = ", ".join(f'"{name}"' for name in filled)
        numbers = (
            f"generate_series(0::bigint, {count - 1}) as s(n)"
            if self._is_postgres
            else f"(with recursive s(n) as (select 0 union all select n + 1 from s where n < {count - 1}) select n from s)"
        )
        statement = (
            f"insert into {built.name} ({names}) select {', '.join(filled.values())} from {numbers} where {where}"
        )
        self._connection.exec_driver_sql(statement.replace("%", "%%") if self._is_postgres else statement)


def _user(rows: _Rows) -> dict[str, str]:
    return {
        "id": rows.id("n"),
        "email": rows.text(_KEY, "n", "@example.com"),
        "name": rows.text("Buyer ", "n"),
        "role": "'customer'",
        "locale": "'en'",
        "created_at": rows.at("0"),
    }


def _customer(rows: _Rows) -> dict[str, str]:
    return {
        "id": rows.id("n", 1),
        "user_id": rows.id("n"),
        "provider": "'stripe'",
        "provider_customer_id": rows.text("cus_bench", "n"),
        "currency": "'usd'",
        "created_at": rows.at("0"),
    }


def _ended(number: str) -> str:
    return f"({number}) % 10 = 3"


def _subscription(rows: _Rows, count: int) -> dict[str, str]:
    begun = f"n * {rows.span // count}"
    return {
        "id": rows.id("n", 2),
        "user_id": rows.id("n"),
        "provider": "'stripe'",
        "provider_subscription_id": rows.text("sub_bench", "n"),
        "provider_customer_id": rows.text("cus_bench", "n"),
        "plan_id": rows.of_price("plan_id", "n"),
        "price_id": rows.of_price("id", "n"),
        "status": f"case when {_ended('n')} then 'canceled' when n % 40 = 5 then 'past_due' else 'active' end",
        "quantity": "1",
        "sales_group": "'plan'",
        "created_at": rows.at(begun),
        "updated_at": rows.at(begun),
    }


def _change(rows: _Rows, count: int, step: str) -> tuple[dict[str, str], str]:
    """One step of each subscription's life, and which of them take it."""
    place = {"started": 0, "upgraded": 1, "ended": 2}[step]
    begun, where = rows.span // count, {"started": "true", "upgraded": "n % 7 = 2", "ended": _ended("n")}[step]
    amount = rows.of_price("amount_minor", "n")
    status, nothing = "'active'", "0"
    before, after = (
        (nothing, amount) if step == "started" else (amount, f"{amount} * 2") if step == "upgraded" else (amount, "0")
    )
    values = {
        "id": rows.id(f"n * 4 + {place}", 3),
        "subscription_id": rows.id("n", 2),
        "user_id": rows.id("n"),
        "at": rows.at(f"n * {begun} + (({rows.span} - n * {begun}) * {place}) / 4"),
        "reason": f"'{step}'",
        "currency": rows.of_price("currency", "n"),
        "status_before": "''" if step == "started" else status,
        "status_after": "'canceled'" if step == "ended" else status,
        "plan_id_after": rows.of_price("plan_id", "n"),
        "price_id_after": rows.of_price("id", "n"),
        "quantity_after": "1",
        "mrr_minor_before": f"case when {int(step == 'ended')} = 1 and n % 7 = 2 then {before} * 2 else {before} end",
        "mrr_minor_after": after,
    }
    return values, where


def _order(rows: _Rows, count: int, customers: int) -> dict[str, str]:
    made = rows.at(f"(n * {rows.span // _MILLISECONDS} / {count}) * {_MILLISECONDS}")
    amount = rows.of_price("amount_minor", "n")
    status = "case when n % 50 = 7 then 'refunded' when n % 50 = 8 then 'failed' when n % 50 = 9 then 'pending' "
    return {
        "id": rows.id("n", 4),
        "user_id": rows.id(f"n % {customers}"),
        "provider": "'stripe'",
        "provider_order_id": rows.text("in_bench", "n"),
        "type": "case when n % 5 = 0 then 'subscription_initial' else 'subscription_renewal' end",
        "status": status + "else 'succeeded' end",
        "price_id": rows.of_price("id", "n"),
        "plan_id": rows.of_price("plan_id", "n"),
        "subscription_id": rows.id(f"n % {customers}", 2),
        "quantity": "1",
        "currency": rows.of_price("currency", "n"),
        "amount_subtotal": amount,
        "amount_total": amount,
        "amount_refunded": f"case when n % 50 = 7 then {amount} else 0 end",
        "provider_payment_intent_id": rows.text("pi_bench", "n"),
        "provider_invoice_id": rows.text("in_bench", "n"),
        "provider_charge_id": rows.text("ch_bench", "n"),
        "provider_subscription_id": rows.text("sub_bench", f"n % {customers}"),
        "description": "'A plan'",
        "created_at": made,
        "updated_at": made,
        "paid_at": f"case when n % 50 in (8, 9) then null else {made} end",
    }


def _refund(rows: _Rows, count: int) -> dict[str, str]:
    made = rows.at(f"(n * {rows.span // _MILLISECONDS} / {count}) * {_MILLISECONDS}")
    return {
        "id": rows.id("n", 5),
        "provider": "'stripe'",
        "provider_refund_id": rows.text("re_bench", "n"),
        "order_id": rows.id("n", 4),
        "amount_minor": rows.of_price("amount_minor", "n"),
        "currency": rows.of_price("currency", "n"),
        "status": "'succeeded'",
        "watermark": made,
        "created_at": made,
        "updated_at": made,
    }


def _empty(column: Any) -> str:
    """What stands where nothing was said."""
    kind = column.type.__class__.__name__
    if "JSON" in kind:
        return "'{}'"
    return {"Integer": "0", "BigInteger": "0", "Boolean": "false", "UtcDateTime": "null"}.get(kind, "''")


def _literal(value: object) -> str:
    return str(value) if isinstance(value, int) else f"'{value}'"

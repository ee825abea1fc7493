"""Every search of the desk is a walk along an index that sorts it, on both kinds of database."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlmodel import Session

from nestpay.store import ledger_search, order_search, subscription_search, user_search
from nestpay.store.keyset import Place
from nestpay.store.ledger_search import LineFilter
from nestpay.store.order_search import OrderFilter
from nestpay.store.session import engine, transaction
from nestpay.store.subscription_search import SubscriptionFilter

pytestmark = pytest.mark.usefixtures("database")
NOON = datetime(2027, 3, 5, 12, tzinfo=UTC)


@contextmanager
def statements(session: Session) -> Iterator[list[tuple[str, Any]]]:
    """What is sent to the database in a block."""
    sent: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.startswith("SELECT"):
            sent.append((statement, parameters))

    event.listen(engine(), "before_cursor_execute", note)
    yield sent
    event.remove(engine(), "before_cursor_execute", note)
    session.rollback()


def plan_of(session: Session, statement: str, parameters: Any) -> str:
    """How the database would answer, on PostgreSQL as if the table were too large to be read whole."""
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL enable_seqscan = off"))
        connection.execute(text("SET LOCAL enable_sort = off"))
        rows = connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)
    else:
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
    return "\n".join(str(row[-1]) for row in rows)


@pytest.mark.parametrize("place", [None, Place("older", (NOON, "a")), Place("newer", (NOON, "a")), Place("last")])
@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (OrderFilter(), "orders_by_date"),
        (OrderFilter(status="failed"), "orders_by_status"),
        (OrderFilter(type="purchase"), "orders_by_type"),
        (OrderFilter(plan_id="p"), "orders_by_plan_id"),
        (OrderFilter(provider="stripe"), "orders_by_provider"),
        (OrderFilter(user_ids=("u",)), "orders_of_user"),
        (OrderFilter(since=NOON, until=NOON), "orders_by_date"),
    ],
)
def test_each_filter_walks_an_index_that_sorts_its_page(wanted: OrderFilter, index: str, place: Place | None) -> None:
    with transaction() as session:
        with statements(session) as sent:
            order_search.page(session, wanted, "newest", place, 26)
        plan = plan_of(session, *sent[0])
    assert index in plan
    assert "Sort" not in plan
    assert "TEMP B-TREE" not in plan


@pytest.mark.parametrize(
    ("look", "index"),
    [
        (lambda session: order_search.page(session, OrderFilter(at_least=1), "largest", None, 9), "orders_by_amount"),
        (lambda session: order_search.ids_of_number(session, "1a2b3c4d", 9), "orders_by_number"),
        (lambda session: user_search.page(session, "", None, 9), "users_by_date"),
        (lambda session: user_search.page(session, "admins", None, 9), "users_admins"),
        (lambda session: user_search.page(session, "disabled", None, 9), "users_disabled"),
        (
            lambda session: subscription_search.page(session, SubscriptionFilter(status="active"), "newest", None, 9),
            "subscriptions_by_status",
        ),
        (lambda session: ledger_search.page(session, LineFilter(since=NOON), None, 9), "credit_logs_by_date"),
        (lambda session: ledger_search.page(session, LineFilter(type="expire"), None, 9), "credit_logs_by_type"),
    ],
)
def test_each_other_look_has_its_index_too(look: Any, index: str) -> None:
    with transaction() as session:
        with statements(session) as sent:
            look(session)
        assert index in plan_of(session, *sent[0])


def test_the_beginning_of_an_address_or_name_is_found_by_an_index() -> None:
    with transaction() as session:
        with statements(session) as sent:
            user_search.ids_beginning_with(session, "ada", 50)
        by_address, by_name = (plan_of(session, *each) for each in sent)
    assert "users" in by_address
    assert ("SCAN" in by_address or "Seq Scan" in by_address) is False
    assert "users_by_name" in by_name

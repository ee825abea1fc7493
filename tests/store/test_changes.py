"""What a group of facts looks up is found by an index, however much there is."""

from typing import Any

from sqlalchemy import event

from nestpay.store import changes
from nestpay.store.changes import Wanted
from nestpay.store.session import engine, transaction
from tests.builders import LONG_AGO

EVERYTHING = Wanted(
    providers={"stripe"},
    order_ids={"a"},
    session_ids={"b"},
    invoice_ids={"c"},
    customer_ids={"d"},
    subscription_ids={"e"},
    price_ids={"f"},
    user_ids={"g"},
    payment_intent_ids={"h"},
    charge_ids={"i"},
    goes_back=True,
)


def test_nothing_is_looked_for_row_by_row(sqlite_database: str) -> None:
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.startswith("SELECT"):
            asked.append((statement, parameters))

    event.listen(engine(), "before_cursor_execute", note)
    with transaction() as session:
        changes.load(session, EVERYTHING, LONG_AGO)
    event.remove(engine(), "before_cursor_execute", note)
    with engine().connect() as connection:
        steps = [
            step[-1]
            for statement, parameters in asked
            for step in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        ]
    assert len(asked) > 8
    assert [step for step in steps if step.startswith("SCAN") and "json_each" not in step] == []

"""The doctor names the first row that does not add up, whatever was changed behind the ledger's back."""

from typing import Any

import pytest
from sqlalchemy import delete, update
from sqlmodel import SQLModel, col

from nestpay.billing import credits, doctor, holds
from nestpay.store.session import transaction
from nestpay.store.tables import CreditGrantRow, CreditHoldRow, CreditLineageRow, CreditLogRow, UsageRow
from tests import builders
from tests.shop import Shop


@pytest.fixture
def ada(shop: Shop) -> str:
    """Ada got 100 credits, spent 30, and holds 20."""
    builders.give_credits(shop.user_id, 100)
    credits.spend(shop.user_id, 30, key="k")
    holds.hold(shop.user_id, 20, key="h")
    return shop.user_id


def tamper(table: type[SQLModel], condition: Any, **values: Any) -> None:
    with transaction() as session:
        session.execute(update(table).where(condition).values(**values))


def finding(user_id: str) -> str:
    """What the doctor says of a user, in one line."""
    (found,) = doctor.examine([user_id])
    return f"{found.row}: {found.complaint}"


def test_books_that_nobody_touched_are_in_order(ada: str) -> None:
    assert list(doctor.examine()) == []
    assert list(doctor.examine([ada])) == []


def test_only_the_account_that_is_wrong_is_named(ada: str) -> None:
    bob = builders.add_user("bob")
    builders.give_credits(bob, 5)
    tamper(UsageRow, col(UsageRow.user_id) == bob, one_time_credits_balance=6)
    assert [found.user_id for found in doctor.examine()] == [bob]


def test_a_changed_balance_is_named(ada: str) -> None:
    tamper(UsageRow, col(UsageRow.user_id) == ada, one_time_credits_balance=5000)
    assert finding(ada).startswith("usage: its balances (0, 5000) are not the log's")


def test_a_changed_lot_is_named(ada: str) -> None:
    (lot,) = builders.rows_of(CreditGrantRow, user_id=ada)
    tamper(CreditGrantRow, col(CreditGrantRow.id) == lot.id, remaining=99)
    assert finding(ada) == f"credit_grants {lot.id}: it has 99 left and the log says 50"


def test_a_lot_that_was_made_larger_is_named(ada: str) -> None:
    (lot,) = builders.rows_of(CreditGrantRow, user_id=ada)
    tamper(CreditGrantRow, col(CreditGrantRow.id) == lot.id, amount=900)
    assert finding(ada).startswith(f"credit_grants {lot.id}: ")


def test_a_lot_out_of_nowhere_is_named(ada: str) -> None:
    (lot,) = builders.rows_of(CreditGrantRow, user_id=ada)
    with transaction() as session:
        session.add(CreditGrantRow(**{**lot.model_dump(exclude={"is_open"}), "id": "forged", "key": "forged"}))
    assert finding(ada).startswith("credit_grants forged: ")


@pytest.mark.parametrize(
    "change",
    [
        {"one_time_balance_after": 99},
        {"amount": -1},
        {"type": "expire"},
        {"key": "another"},
        {"hash": "0" * 64},
        {"previous_hash": "0" * 64},
        {"seq": 9},
    ],
)
def test_a_changed_line_is_named(ada: str, change: dict[str, Any]) -> None:
    (line,) = builders.rows_of(CreditLogRow, user_id=ada, seq=2)
    tamper(CreditLogRow, col(CreditLogRow.id) == line.id, **change)
    assert "credit_logs" in finding(ada)


def test_a_line_that_was_taken_out_is_noticed(ada: str) -> None:
    (line,) = builders.rows_of(CreditLogRow, user_id=ada, seq=2)
    with transaction() as session:
        session.execute(delete(CreditLineageRow).where(col(CreditLineageRow.log_id) == line.id))
        session.execute(delete(CreditLogRow).where(col(CreditLogRow.id) == line.id))
    assert finding(ada).endswith("line 2 is missing")


def test_the_last_line_cannot_be_taken_out_either(ada: str) -> None:
    held = holds.hold(ada, 1, key="h2")
    credits.spend(ada, 1, key="last")
    (line,) = builders.rows_of(CreditLogRow, user_id=ada, key="last")
    with transaction() as session:
        session.execute(delete(CreditLineageRow).where(col(CreditLineageRow.log_id) == line.id))
        session.execute(delete(CreditLogRow).where(col(CreditLogRow.id) == line.id))
    assert held.status == "open"
    assert finding(ada) == "usage: its last line is not the log's last line"


def test_changed_lineage_is_named(ada: str) -> None:
    (line,) = builders.rows_of(CreditLogRow, user_id=ada, seq=2)
    tamper(CreditLineageRow, col(CreditLineageRow.log_id) == line.id, amount=-1)
    assert f"credit_logs {line.id} (line 2)" in finding(ada)


def test_credits_that_are_held_without_a_hold_are_named(ada: str) -> None:
    tamper(CreditHoldRow, col(CreditHoldRow.user_id) == ada, status="released")
    assert finding(ada) == "usage: it says that 20 are held, and open holds hold 0"


def test_an_account_without_its_row_is_named(shop: Shop) -> None:
    with transaction() as session:
        session.execute(delete(UsageRow).where(col(UsageRow.user_id) == shop.user_id))
    assert finding(shop.user_id) == "usage: there is no usage row"

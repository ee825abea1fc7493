"""The audit log read back: by who, what, about what and when."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from nestpay.billing import audit_desk
from nestpay.billing.audit_desk import Difference
from nestpay.domain.errors import InvalidSpan, NotFound, Unreadable
from nestpay.store import audit
from nestpay.store.session import transaction
from tests.shop import Shop

NOON = datetime(2027, 2, 1, 12, tzinfo=UTC)


def write(action: str, by: str = "cli", subject: str = "plan:1", days: int = 0, **sides: dict[str, object]) -> None:
    with transaction() as session:
        at = NOON + timedelta(days=days)
        audit.append(session, at=at, actor_id=by, action=action, subject=subject, ip="10.0.0.1", **sides)


def found(**wanted: str) -> list[str]:
    return [line.action for line in audit_desk.lines(audit_desk.wanted(**wanted)).rows]


def test_lines_are_found_by_what_one_knows_of_them(shop: Shop) -> None:
    write("plan.edit", shop.user_id)
    write("plan.archive", days=1, subject="plan:2")
    write("order.refund", "stripe", "order:1", days=2)
    assert found() == ["order.refund", "plan.archive", "plan.edit"]
    assert found(actor="ADA@example.com") == found(actor=shop.user_id) == ["plan.edit"]
    assert found(actor="nobody@example.com") == []
    assert found(actor="cli") == found(subject="plan:2") == ["plan.archive"]
    assert found(action="plan") == ["plan.archive", "plan.edit"]
    assert found(action="pl%") == []
    assert found(first="2027-02-02", last="2027-02-02") == ["plan.archive"]
    assert audit_desk.actions() == ("order.refund", "plan.archive", "plan.edit")


def test_a_line_says_who_from_where_and_what_differs(shop: Shop) -> None:
    before = {"title": "Pro", "active": True, "gone": 1}
    write("plan.edit", shop.user_id, before=before, after={"title": "Pro+", "active": True, "new": [1]})
    (line,) = audit_desk.lines(audit_desk.wanted()).rows
    assert (line.actor, line.ip, line.subject, line.at) == ("ada@example.com", "10.0.0.1", "plan:1", NOON)
    assert line.differences == (
        Difference("gone", "1", ""),
        Difference("new", "", "[1]"),
        Difference("title", "Pro", "Pro+"),
    )


def test_pages_go_there_and_back(shop: Shop) -> None:
    for number in range(5):
        write(f"plan.{number}")
        time.sleep(0.002)  # ids sort by the millisecond they were made in
    first = audit_desk.lines(audit_desk.wanted(), limit=2)
    second = audit_desk.lines(audit_desk.wanted(), after=first.next, limit=2)
    assert [line.action for line in second.rows] == ["plan.2", "plan.1"]
    assert audit_desk.lines(audit_desk.wanted(), after=second.previous, limit=2).rows == first.rows
    with pytest.raises(NotFound):
        audit_desk.lines(audit_desk.wanted(), after="made up")


@pytest.mark.usefixtures("sqlite_database")
def test_days_that_make_no_sense_are_refused() -> None:
    with pytest.raises(Unreadable):
        audit_desk.wanted(first="0000-00-00")
    with pytest.raises(InvalidSpan):
        audit_desk.wanted(first="2027-02-02", last="2027-02-01")

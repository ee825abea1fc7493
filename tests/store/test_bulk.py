"""Many rows written or read by one statement mean the same on both databases as one row by one statement each."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from nestpay.store import bulk
from nestpay.store.among import among
from nestpay.store.reads import Read, rows_of
from nestpay.store.session import reading, sent_together, transaction
from nestpay.store.tables import EmailRow

emails = EmailRow.__table__  # pyright: ignore[reportAttributeAccessIssue]
NOW = datetime(2027, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)
AWKWARD = 'it\'s "quoted", {in braces}, back\\slashed, NULL, \n 你好'

pytestmark = pytest.mark.usefixtures("database")


def mail(number: int, **values: Any) -> dict[str, Any]:
    return {
        "id": f"m{number}",
        "dedupe_key": f"key{number}",
        "user_id": None,
        "recipient": "ada@example.com",
        "template": "welcome",
        "locale": "en",
        "context": {"name": AWKWARD, "list": [1, None]},
        "status": "queued",
        "attempts": number,
        "error": AWKWARD,
        "next_attempt_at": NOW + timedelta(hours=number),
        "created_at": NOW,
        **values,
    }


def stored() -> dict[str, Any]:
    with reading() as session:
        return {row["id"]: dict(row) for row in session.connection().execute(select(emails)).mappings()}


def test_rows_come_back_as_they_were_given() -> None:
    with transaction() as session:
        bulk.insert_all(session, emails, [mail(1), mail(2, user_id="ada")])
    assert stored() == {"m1": mail(1) | {"sent_at": None}, "m2": mail(2, user_id="ada") | {"sent_at": None}}


def test_a_row_that_is_there_already_stays_as_it_is_and_only_new_ones_are_named() -> None:
    with transaction() as session:
        assert bulk.insert_new(session, emails, [mail(1), mail(2)], once_per=("dedupe_key",)) == {("key1",), ("key2",)}
    with transaction() as session:
        again = [mail(7, dedupe_key="key1"), mail(3)]
        assert bulk.insert_new(session, emails, again, once_per=("dedupe_key",)) == {("key3",)}
        bulk.insert_all(session, emails, [mail(8, dedupe_key="key2"), mail(4)], once_per=("dedupe_key",))
    assert sorted(stored()) == ["m1", "m2", "m3", "m4"]


def test_without_a_unique_key_to_go_by_a_repetition_is_an_error() -> None:
    with pytest.raises(IntegrityError), transaction() as session:
        bulk.insert_all(session, emails, [mail(1), mail(2, dedupe_key="key1")])
    assert stored() == {}


def test_each_row_gets_its_own_values_and_the_other_columns_stay() -> None:
    with transaction() as session:
        bulk.insert_all(session, emails, [mail(1), mail(2), mail(3)])
        changes = [
            {"id": "m1", "attempts": 70_000, "sent_at": NOW, "context": {}},
            {"id": "m2", "attempts": 5, "sent_at": None, "context": {"a": "b"}},
        ]
        bulk.update_all(session, emails, changes, key="id")
    after = stored()
    assert after["m1"] == mail(1, attempts=70_000, sent_at=NOW, context={})
    assert after["m2"] == mail(2, attempts=5, sent_at=None, context={"a": "b"})
    assert after["m3"] == mail(3, sent_at=None)


def test_there_may_be_nothing_to_write_or_to_read() -> None:
    with transaction() as session:
        bulk.insert_all(session, emails, [])
        bulk.update_all(session, emails, [], key="id")
        assert bulk.insert_new(session, emails, [], once_per=("dedupe_key",)) == set()
        assert rows_of(session, [None, None]) == [(), ()]


def test_reads_sent_together_give_each_its_rows_in_utc() -> None:
    by_id = select(emails).where(among(emails.c.id, "ids"), emails.c.attempts > 1).order_by(emails.c.id)
    by_key = select(emails.c.id, emails.c.context).where(among(emails.c.dedupe_key, "keys"))
    with transaction() as session:
        bulk.insert_all(session, emails, [mail(1), mail(2), mail(3)])
        reads = [Read(by_id, {"ids": {"m1", "m2", "m3", AWKWARD}}), None, Read(by_key, {"keys": ["key1"]})]
        found, nothing, named = rows_of(session, reads)
    assert [row["id"] for row in found] == ["m2", "m3"]
    assert found[0]["next_attempt_at"] == NOW + timedelta(hours=2)
    assert found[0]["next_attempt_at"].tzinfo is UTC
    assert not nothing
    assert [dict(row) for row in named] == [{"id": "m1", "context": mail(1)["context"]}]


def test_what_the_database_refuses_among_writes_sent_together_is_an_error_like_any_other() -> None:
    def write(*mails: dict[str, Any]) -> None:
        with transaction() as session, sent_together(session):
            for each in mails:
                bulk.insert_all(session, emails, [each])

    with pytest.raises(IntegrityError):
        write(mail(1), mail(2, dedupe_key="key1"), mail(3))
    assert stored() == {}
    write(mail(4), mail(5))
    assert sorted(stored()) == ["m4", "m5"]

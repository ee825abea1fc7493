"""What gathers for PostgreSQL arrives with whatever comes next, at the latest with the commit, and never later."""

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError, ProgrammingError

from nestpay.store import exchange
from nestpay.store.exchange import Statement
from nestpay.store.session import transaction
from nestpay.store.tables import SettingRow
from tests import builders

pytestmark = pytest.mark.usefixtures("postgresql_database")

INSERT = "INSERT INTO settings (key, value) VALUES ($1, $2)"
SELECT = "SELECT key, value FROM settings ORDER BY key"


def put(connection: Connection, key: str, value: str | None = "1") -> None:
    exchange.put_off(connection, Statement(INSERT, (key, value)))


def test_what_waits_is_there_for_whatever_is_asked_next() -> None:
    with transaction() as session:
        put(session.connection(), "a")
        assert exchange.ask(session.connection(), [Statement(SELECT)]) == [[("a", "1")]]
        put(session.connection(), "b")
        assert session.execute(text("SELECT count(*) FROM settings")).scalar_one() == 2


def test_what_waits_is_committed_with_the_rest() -> None:
    with transaction() as session:
        put(session.connection(), "a")
        put(session.connection(), "b")
    assert builders.counts(SettingRow) == (2,)


def test_what_waits_when_a_block_fails_is_never_sent() -> None:
    def fail() -> None:
        with transaction() as session:
            put(session.connection(), "a")
            raise ValueError("half-way")

    with pytest.raises(ValueError, match="half-way"):
        fail()
    with transaction() as session:
        put(session.connection(), "b")
    assert [row.key for row in builders.rows_of(SettingRow)] == ["b"]


def test_a_refusal_at_the_commit_takes_everything_back() -> None:
    def write() -> None:
        with transaction() as session:
            put(session.connection(), "a")
            put(session.connection(), "a")

    with pytest.raises(IntegrityError):
        write()
    assert builders.counts(SettingRow) == (0,)


def test_a_text_that_is_no_sql_fells_nobody_after_it() -> None:
    for _ in range(2):
        with pytest.raises(ProgrammingError), transaction() as session:
            exchange.ask(session.connection(), [Statement(SELECT), Statement("SELEKT 1")])
    with transaction() as session:
        assert exchange.ask(session.connection(), [Statement(SELECT)]) == [[]]


def test_more_texts_than_a_connection_keeps_prepared_are_answered_all_the_same() -> None:
    with transaction() as session:
        for number in range(310):
            assert exchange.ask(session.connection(), [Statement(f"SELECT {number}")]) == [[(number,)]]


def test_parameters_arrive_as_they_were() -> None:
    awkward = ['it\'s "quoted", {in braces}, back\\slashed', "NULL", "", "你好\n", None]
    with transaction() as session:
        ((row,),) = exchange.ask(session.connection(), [Statement("SELECT $1::text[]", (exchange.array(awkward),))])
    assert row == (awkward,)


@pytest.mark.parametrize("wrong", ["cut\0here", "half a pair \ud800"], ids=["with a NUL", "no Unicode"])
def test_a_text_that_no_database_can_hold_is_refused_before_anything_is_sent(wrong: str) -> None:
    with transaction() as session:
        put(session.connection(), "a")
        with pytest.raises(ValueError, match=r"NUL|surrogates"):
            exchange.ask(session.connection(), [Statement("SELECT $1::text", (wrong,))])
        with pytest.raises(ValueError, match=r"NUL|surrogates"):
            put(session.connection(), wrong)
        put(session.connection(), "b")
    assert [row.key for row in builders.rows_of(SettingRow)] == ["a", "b"]

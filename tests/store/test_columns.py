"""Instants and JSON mean the same on both databases, and ids sort by time."""

import time
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import StatementError

from nestpay.store.columns import new_id
from nestpay.store.session import transaction
from nestpay.store.tables import AuditRow
from tests import builders

ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
INSTANTS = st.datetimes(
    datetime(1, 1, 3),  # noqa: DTZ001  hypothesis adds the zone
    datetime(9999, 12, 29),  # noqa: DTZ001
    timezones=ZONES,
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc é中", max_size=3), inner, max_size=3),
    max_leaves=8,
)
SAME_DATABASE = settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def kept(row: AuditRow) -> AuditRow:
    """The row as it comes back."""
    row_id = row.id
    with transaction() as session:
        session.add(row)
    (found,) = builders.rows_of(AuditRow, id=row_id)
    return found


@pytest.mark.usefixtures("database")
@SAME_DATABASE
@given(INSTANTS)
def test_an_instant_comes_back_as_the_same_instant_in_utc(at: datetime) -> None:
    found = kept(AuditRow(id=new_id(), at=at, action="x"))
    assert found.at == at
    assert found.at.tzinfo is UTC


@pytest.mark.usefixtures("database")
def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(StatementError, match="time zone"):
        kept(AuditRow(id=new_id(), at=datetime(2027, 1, 1), action="x"))  # noqa: DTZ001  that is the point


@pytest.mark.usefixtures("database")
@SAME_DATABASE
@given(st.dictionaries(st.text("abc", max_size=3), JSON, max_size=3))
def test_json_comes_back_as_it_was(before: dict[str, object]) -> None:
    assert kept(AuditRow(id=new_id(), at=datetime(2027, 1, 1, tzinfo=UTC), action="x", before=before)).before == before


def test_ids_are_never_the_same_and_sort_by_the_time_they_were_made() -> None:
    early = new_id()
    time.sleep(0.002)
    late = {new_id() for _ in range(1000)}
    assert len(late) == 1000
    assert early < min(late)
    assert {len(each) for each in late} == {32}

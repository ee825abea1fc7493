"""Asking for a few of many rows."""

from sqlalchemy import text

from nestpay.store import ledger
from nestpay.store.session import reading


def test_the_rows_of_a_few_ids_are_found_by_an_index_and_not_by_reading_the_table(sqlite_database: str) -> None:
    with reading() as session:
        for read in ledger.reads_of_accounts({"a", "b"}, lock=False):
            assert read is not None
            statement = read.statement.compile(dialect=session.get_bind().dialect).string
            steps = session.execute(text(f"EXPLAIN QUERY PLAN {statement}".replace("?", "'[]'"))).all()
            assert not [step for step in steps if step.detail.startswith("SCAN") and "json_each" not in step.detail]

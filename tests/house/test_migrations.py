"""Migrations: they make what the code describes, and every step can be taken back, on both databases."""

from sqlalchemy import inspect

from nestpay.launch import schema
from nestpay.store.session import build_engine


def table_names(url: str) -> set[str]:
    engine = build_engine(url, pool_size=1)
    names = set(inspect(engine).get_table_names())
    engine.dispose()
    return names - {"alembic_version"}


def test_the_migrations_make_exactly_the_tables_of_the_code(empty_database_url: str) -> None:
    schema.migrate(empty_database_url)
    assert schema.what_differs(empty_database_url) == ""


def test_migrating_twice_changes_nothing(empty_database_url: str) -> None:
    schema.migrate(empty_database_url)
    made = table_names(empty_database_url)
    schema.migrate(empty_database_url)
    assert table_names(empty_database_url) == made


def test_every_migration_can_be_taken_back_and_made_again(empty_database_url: str) -> None:
    schema.migrate(empty_database_url)
    made = table_names(empty_database_url)
    schema.migrate_down(empty_database_url)
    assert table_names(empty_database_url) == set()
    schema.migrate(empty_database_url)
    assert table_names(empty_database_url) == made
    assert schema.what_differs(empty_database_url) == ""

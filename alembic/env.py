"""Tells Alembic which tables the program has and which database to change."""

import warnings
from typing import Any, Literal

import sqlalchemy as sa
from alembic import context
from sqlalchemy.engine import Connection
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import AutoString

import nestpay.store.tables  # noqa: F401  importing it puts the tables into the metadata
from nestpay.store.columns import UtcDateTime
from nestpay.store.session import build_engine

MIGRATION_LOCK = 0x6E657374  # any number that nobody else takes on the same PostgreSQL database


def database_url() -> str:
    """The database to change: what the program passed, else `-x url=…`, else the settings'."""
    given = context.config.attributes.get("url") or context.get_x_argument(as_dictionary=True).get("url")
    if given:
        return given
    from nestpay.launch.machine import prepare_environment
    from nestpay.settings import get_settings

    prepare_environment()
    return get_settings().database


def plain_type(kind: str, item: Any, _autogen: Any) -> str | Literal[False]:
    """How a new migration writes a column's type: without the program's own classes, which may change later."""
    if kind != "type":
        return False
    if isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if isinstance(item, AutoString):
        return "sa.String()"
    if isinstance(item, sa.JSON):
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    return False


def run(**place: Any) -> None:
    """Run the migrations in one transaction. SQLite cannot alter a table in place, so there it is rebuilt ("batch")."""
    context.configure(
        target_metadata=SQLModel.metadata, render_as_batch=True, compare_type=True, render_item=plain_type, **place
    )
    with context.begin_transaction(), warnings.catch_warnings():
        # SQLite cannot say what an index over an expression is over, so it is not compared.
        warnings.filterwarnings("ignore", "Skipped unsupported reflection of expression-based index")
        warnings.filterwarnings("ignore", "autogenerate skipping metadata-specified expression-based index")
        context.run_migrations()


def prepare(connection: Connection) -> None:
    """Let one migration run at a time, and let SQLite rebuild a table that others refer to."""
    if connection.dialect.name == "sqlite":
        # Before the transaction begins, where SQLite would ignore it: hence on the driver's own connection.
        driver = connection.connection.driver_connection
        if driver is not None:
            driver.execute("PRAGMA foreign_keys=OFF")
    else:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")


if context.is_offline_mode():
    run(url=database_url(), literal_binds=True)
else:
    engine = build_engine(database_url(), pool_size=1)
    with engine.connect() as connection:
        prepare(connection)
        run(connection=connection)
        connection.commit()
    engine.dispose()

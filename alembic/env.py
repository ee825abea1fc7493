"""Tells Alembic which tables the program has and which database to change."""

from alembic import context
from sqlalchemy import create_engine, pool
from sqlalchemy.engine import Connection
from sqlmodel import SQLModel

import nestpay.store.tables  # noqa: F401  importing it puts the tables into the metadata


def database_url() -> str:
    """The database to change: what the program passed, else `-x url=…`, else the settings'."""
    given = context.config.attributes.get("url") or context.get_x_argument(as_dictionary=True).get("url")
    if given:
        return given
    from nestpay.launch.machine import prepare_environment
    from nestpay.settings import get_settings

    prepare_environment()
    return get_settings().database


def configure(connection: Connection | None = None) -> None:
    """Set up one run. SQLite cannot alter most of a table in place, so there a change rebuilds it ("batch")."""
    url = str(connection.engine.url) if connection else database_url()
    context.configure(
        connection=connection,
        url=None if connection else url,
        target_metadata=SQLModel.metadata,
        render_as_batch=url.startswith("sqlite"),
        compare_type=True,
        compare_server_default=False,
        literal_binds=connection is None,
    )
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    configure()
else:
    engine = create_engine(database_url(), poolclass=pool.NullPool)
    with engine.connect() as open_connection:
        configure(open_connection)
        # SQLAlchemy opens a transaction by itself on PostgreSQL; without this the migration would be rolled back.
        open_connection.commit()

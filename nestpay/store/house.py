"""What the house remembers about itself, as named texts: its mode's stamp, the billing clock's offset and the like."""

from sqlalchemy import inspect
from sqlmodel import Session

from nestpay.store.ledger import insert_for
from nestpay.store.tables import SettingRow


def is_there(session: Session) -> bool:
    """Whether the database has been migrated at all."""
    return inspect(session.connection()).has_table(SettingRow.__tablename__)


def read(session: Session, key: str) -> str | None:
    """The text under this key, or None."""
    row = session.get(SettingRow, key)
    return row.value if row else None


def write(session: Session, key: str, value: str) -> None:
    """Put a text under this key, in the place of the one before."""
    statement = insert_for(session, SettingRow).values(key=key, value=value)
    session.execute(statement.on_conflict_do_update(index_elements=["key"], set_={"value": value}))

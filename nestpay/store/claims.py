"""Work that waits in a table of its own: taken in sets under a lease, and let go by whoever still holds it.

Such a table has `status`, `attempts` and `next_attempt_at`. A claim counts `attempts` up, which makes it the claim's fence,
and moves `next_attempt_at` to the end of the lease, so that a row whose worker died comes back by itself.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Table, select, update
from sqlmodel import Session


def take_due(
    session: Session,
    table: Table,
    waiting: Sequence[str],
    limit: int,
    now: datetime,
    until: datetime,
    *also: Any,
    **taken: Any,
) -> list[str]:
    """The ids of up to `limit` rows that are due, the oldest first, which nobody else takes before `until`.

    `waiting` are the statuses that can be taken, `also` further conditions, `taken` what a taken row is set to.
    """
    due = (
        select(table.c.id)
        .where(table.c.status.in_(waiting), table.c.next_attempt_at <= now, *also)
        .order_by(table.c.next_attempt_at, table.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    ids = list(session.scalars(due))
    if ids:
        values = {**taken, "attempts": table.c.attempts + 1, "next_attempt_at": until}
        session.execute(update(table).where(table.c.id.in_(ids)).values(values))
    return ids


def let_go(session: Session, table: Table, row_id: str, status: str, attempts: int, /, **values: Any) -> bool:
    """Write what came of a row that was taken with this status and count. False when somebody has taken it since."""
    held = (table.c.id == row_id, table.c.status == status, table.c.attempts == attempts)
    return bool(session.execute(update(table).where(*held).values(values).returning(table.c.id)).first())

"""The audit log: who changed what. It is only ever added to."""

from datetime import datetime
from typing import Any

from sqlmodel import Session

from nestpay.store.tables import AuditRow


def append(
    session: Session,
    *,
    actor_id: str,
    action: str,
    subject: str,
    at: datetime,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    ip: str = "",
) -> None:
    """Add one line. `actor_id` is a user's id, or a word such as `cli`; `before` and `after` hold what changed."""
    row = AuditRow(
        at=at, actor_id=actor_id, action=action, subject=subject, before=before or {}, after=after or {}, ip=ip
    )
    session.add(row)

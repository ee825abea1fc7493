"""Early fraud warnings: the ones that nobody dealt with yet, and what was done."""

from collections.abc import Sequence

from sqlmodel import Session, col, select, update

from nestpay.store.tables import FraudWarningRow


def open_ones(session: Session, limit: int) -> Sequence[FraudWarningRow]:
    """Up to `limit` warnings that nobody dealt with, the oldest first."""
    query = select(FraudWarningRow).where(FraudWarningRow.action == "")
    return session.exec(query.order_by(col(FraudWarningRow.created_at), col(FraudWarningRow.id)).limit(limit)).all()


def note(session: Session, warning: FraudWarningRow, action: str, order_id: str | None) -> bool:
    """Remember what was done about a warning. False when somebody else was faster."""
    done = (
        update(FraudWarningRow)
        .where(col(FraudWarningRow.id) == warning.id, col(FraudWarningRow.action) == "")
        .values(action=action, order_id=order_id)
    )
    return bool(session.execute(done.returning(col(FraudWarningRow.id))).first())

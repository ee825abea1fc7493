"""Where every credit came from and went: the answers to "why do I have this many?"."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from nestpay.billing import spreadsheet
from nestpay.billing.clock import billing_now
from nestpay.domain.errors import NotFound
from nestpay.domain.ledger import LogType, Lot
from nestpay.store import explain as store
from nestpay.store.session import reading

_MOST_LOTS = 200
_MOST_USES = 50
_ENDINGS: dict[str, str] = {
    LogType.EXPIRE: "expired",
    LogType.PERIOD_RESET: "ended",
    LogType.SUBSCRIPTION_CANCEL_REVOKE: "ended",
}
_COLUMNS = ("time", "type", "amount", "subscription_balance", "one_time_balance", "feature", "note", "order")


@dataclass(frozen=True, slots=True)
class Use:
    """One movement of one lot: credits put in (positive) or taken out (negative)."""

    amount: int
    type: str
    feature: str
    note: str
    at: datetime


@dataclass(frozen=True, slots=True)
class LotView:
    """One lot with its whole story. `state` is open, used, ended or expired; instants are UTC."""

    id: str
    pool: str
    source: str
    paid_for: str
    amount: int
    remaining: int
    state: str
    granted_at: datetime
    expires_at: datetime | None
    closed_at: datetime | None
    order_id: str
    uses: tuple[Use, ...]


@dataclass(frozen=True, slots=True)
class Lineage:
    """What one line of the history touched: (lot, what it was paid for, credits)."""

    log_id: str
    amount: int
    lots: tuple[tuple[str, str, int], ...]


def explain(user_id: str) -> tuple[LotView, ...]:
    """A user's newest 200 lots, each with its newest 50 uses: what paid for it, where it went, what ended it."""
    now = billing_now()
    with reading() as session:
        lots = store.lots_of(session, user_id, _MOST_LOTS)
        moves = store.movements_of_lots(session, [lot.id for lot, _ in lots], _MOST_USES)
    views = []
    for lot, paid_for in lots:
        uses = [
            Use(move.amount, move.type, move.feature, move.note, move.created_at)
            for move in moves
            if move.lot_id == lot.id
        ]
        state = _state(lot, uses, now)
        views.append(
            LotView(
                id=lot.id,
                pool=lot.pool,
                source=lot.source,
                paid_for=paid_for,
                amount=lot.amount,
                remaining=0 if state == "expired" else lot.remaining,
                state=state,
                granted_at=lot.created_at,
                expires_at=lot.expires_at,
                closed_at=lot.closed_at,
                order_id=lot.order_id or "",
                uses=tuple(uses),
            )
        )
    return tuple(views)


def _state(lot: Lot, uses: list[Use], now: datetime) -> str:
    """What became of a lot: a line that ended it says so; without one it is used up, over though unswept, or open."""
    ended = next((_ENDINGS[use.type] for use in uses if use.type in _ENDINGS), None)
    if ended:
        return ended
    if lot.remaining == 0:
        return "used"
    return "expired" if lot.is_expired(now) else "open"


def lineage(user_id: str, log_id: str) -> Lineage:
    """What one of the user's own log lines touched. Raises NotFound."""
    with reading() as session:
        line = store.line_of(session, user_id, log_id)
        if line is None:
            raise NotFound
        moves = store.movements_of_line(session, log_id)
        paid_for = {lot.id: words or lot.source for lot, words in store.lots_of(session, user_id, _MOST_LOTS)}
    return Lineage(
        log_id, line.amount, tuple((move.lot_id, paid_for.get(move.lot_id, ""), move.amount) for move in moves)
    )


def history_csv(user_id: str) -> Iterator[str]:
    """The whole log as CSV, the oldest line first, piece by piece."""
    yield spreadsheet.line(_COLUMNS)
    with reading() as session:
        for line in store.log_in_order(session, user_id):
            yield spreadsheet.line(
                (
                    line.created_at.isoformat(),
                    line.type,
                    line.amount,
                    line.subscription_balance_after,
                    line.one_time_balance_after,
                    line.feature,
                    line.note,
                    line.order_id or "",
                )
            )

"""Everybody's credit log for the admin: its newest lines, and what a time granted, spent and let expire."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from nestpay.billing import typed
from nestpay.billing.order_desk import accounts_meant
from nestpay.billing.paging import Page, dated_key, page_from, place_of, read_mark
from nestpay.domain.ledger import LogLine, LogType
from nestpay.store import ledger_search as store
from nestpay.store import user_search
from nestpay.store.ledger_search import LineFilter
from nestpay.store.session import reading

_SPENT = frozenset({LogType.FEATURE_USAGE, LogType.SEAT_USAGE, LogType.HOLD, LogType.HOLD_SETTLE, LogType.HOLD_RELEASE})
_ENDED = frozenset({LogType.EXPIRE, LogType.PERIOD_RESET, LogType.SUBSCRIPTION_CANCEL_REVOKE})
_TAKEN_BACK = frozenset({LogType.REFUND_REVOKE, LogType.REFUND_RETURN, LogType.DEBT_REPAID})


@dataclass(frozen=True, slots=True, kw_only=True)
class LineQuery:
    """What is looked for, as it was typed. Days are UTC."""

    text: str = ""
    type: str = ""
    since: str = ""
    until: str = ""


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One line of somebody's credit log."""

    id: str
    created_at: datetime
    user_id: str
    email: str
    type: str
    amount: int
    feature: str
    note: str
    order_id: str
    balance_after: int


@dataclass(frozen=True, slots=True)
class CreditTotals:
    """Credits that a query's lines gave, spent (holds count by what they kept), let end, and took back in refunds."""

    granted: int
    spent: int
    ended: int
    taken_back: int


def search(query: LineQuery, *, after: str | None = None, limit: int = 50) -> Page[LedgerLine]:
    """A page of lines over all accounts, the newest first. Raises Unreadable, and NotFound for a foreign mark."""
    mark = read_mark(after)
    with reading() as session:
        found = store.page(session, _wanted(session, query), place_of(mark, dated_key), limit + 1)
        emails = user_search.emails_of(session, [line.user_id for line in found])
    return page_from(
        found, mark, limit, lambda line: f"{line.created_at.isoformat()}|{line.id}", lambda line: _shown(line, emails)
    )


def totals(query: LineQuery) -> CreditTotals:
    """What all lines of a query come to. Raises Unreadable."""
    with reading() as session:
        sums = store.sums_by_type(session, _wanted(session, query))
    by_kind = {kind: sums.get(kind, 0) for kind in LogType}
    granted = sum(amount for kind, amount in by_kind.items() if kind not in _SPENT | _ENDED | _TAKEN_BACK)
    spent, ended, back = (-sum(by_kind[kind] for kind in kinds) for kinds in (_SPENT, _ENDED, _TAKEN_BACK))
    return CreditTotals(granted, spent, ended, back)


def _wanted(session: Session, query: LineQuery) -> LineFilter:
    text = typed.clean(query.text)
    return LineFilter(
        user_ids=accounts_meant(session, text) if text else None,
        type=typed.one_of(query.type, list(LogType)),
        since=typed.first_instant(query.since),
        until=typed.last_instant(query.until),
    )


def _shown(line: LogLine, emails: dict[str, str]) -> LedgerLine:
    return LedgerLine(
        id=line.id,
        created_at=line.created_at,
        user_id=line.user_id,
        email=emails.get(line.user_id, ""),
        type=line.type,
        amount=line.amount,
        feature=line.feature,
        note=line.note,
        order_id=line.order_id or "",
        balance_after=line.subscription_balance_after + line.one_time_balance_after,
    )

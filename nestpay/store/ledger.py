"""Reads accounts under their lock and writes postings, many at a time: the credit ledger's only SQL."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from sqlmodel import SQLModel

from nestpay.domain.ledger import GENESIS, Account, Ending, LogLine, LogType, Lot, Pool, Posting
from nestpay.store import bulk, outgoing
from nestpay.store.among import among
from nestpay.store.columns import values_of
from nestpay.store.reads import Read, rows_of
from nestpay.store.tables import CreditGrantRow, CreditLineageRow, CreditLogRow, UsageRow, UserRow

_tables = SQLModel.metadata.tables
usage, grants = _tables[UsageRow.__tablename__], _tables[CreditGrantRow.__tablename__]
users = _tables[UserRow.__tablename__]
logs, lineage = _tables[CreditLogRow.__tablename__], _tables[CreditLineageRow.__tablename__]

# Built once: these run for every event and every spend, and building a statement costs more than running it.
_HEADS = (
    select(usage, users.c.disabled_at)
    .join(users, users.c.id == usage.c.user_id)
    .where(among(usage.c.user_id, "user_ids"))
    .order_by(usage.c.user_id)
)
_LOCKED_HEADS = _HEADS.with_for_update(of=usage)
_OPEN_LOTS = select(grants).where(among(grants.c.user_id, "user_ids"), grants.c.is_open)
_LINES_BY_KEY = select(logs).where(among(logs.c.user_id, "user_ids"), among(logs.c.key, "keys"))
_END_EMPTY_LOTS = (
    update(grants)
    .where(
        grants.c.user_id == bindparam("account"),
        grants.c.subscription_id == bindparam("subscription"),
        grants.c.effective_at < bindparam("before"),
        grants.c.remaining == 0,
        grants.c.closed_at.is_(None),
    )
    .values(closed_at=bindparam("closed"))
)
_FOREVER = datetime(9999, 1, 1, tzinfo=UTC)
_lot_values = values_of(Lot)
_line_values = values_of(LogLine, leaving_out=("touches",))


def insert_for(session: Session, table: Any) -> Any:
    """An INSERT that knows ON CONFLICT, for the database behind `session`."""
    dialect = session.get_bind().dialect.name
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


def open_accounts(session: Session, user_ids: Iterable[str], now: datetime) -> None:
    """Make the usage rows of new users; those that exist stay as they are."""
    rows = [{"user_id": user_id, "head_hash": GENESIS, "updated_at": now} for user_id in user_ids]
    if rows:
        session.execute(insert_for(session, usage).on_conflict_do_nothing(index_elements=["user_id"]), rows)


def load_accounts(session: Session, user_ids: Iterable[str], *, lock: bool = True) -> dict[str, Account]:
    """The accounts with their open lots. Locks the usage rows in id order, so that no two callers deadlock."""
    wanted = set(user_ids)
    if not wanted:
        return {}
    heads, lots = rows_of(session, reads_of_accounts(wanted, lock=lock))
    return accounts_from(heads, lots)


def reads_of_accounts(user_ids: Iterable[str], *, lock: bool) -> tuple[Read, Read]:
    """What `accounts_from` needs: the usage rows, and after them, so that a lock comes first, the open lots."""
    ids = {"user_ids": user_ids}
    return Read(_LOCKED_HEADS if lock else _HEADS, ids), Read(_OPEN_LOTS, ids)


def accounts_from(heads: Iterable[Any], open_lots: Iterable[Any]) -> dict[str, Account]:
    """Accounts of their usage rows and open lots."""
    lots: dict[str, list[Lot]] = {}
    for row in open_lots:
        lots.setdefault(row["user_id"], []).append(lot_from(row))
    return {
        head["user_id"]: Account(
            user_id=head["user_id"],
            subscription_balance=head["subscription_credits_balance"],
            one_time_balance=head["one_time_credits_balance"],
            seq=head["seq"],
            head_hash=head["head_hash"],
            held=head["held"],
            debt=head["debt"],
            is_frozen=head["is_frozen"],
            is_disabled=head["disabled_at"] is not None,
            top_up_below=head["top_up_below"],
            lots=tuple(lots.get(head["user_id"], ())),
        )
        for head in heads
    }


def lock(session: Session, user_id: str) -> bool:
    """Hold a user's lock until the transaction ends: whoever moves their money or credits waits. False: no such user."""
    query = select(usage.c.user_id).where(usage.c.user_id == user_id).with_for_update()
    return session.execute(query).first() is not None


def unfreeze(session: Session, user_id: str) -> None:
    """Let an account spend again; what it owes stays."""
    session.execute(update(usage).where(usage.c.user_id == user_id).values(is_frozen=False))


def lock_all(session: Session, user_ids: Iterable[str]) -> None:
    """Hold the locks of several users, in the order that everybody takes them in."""
    query = select(usage.c.user_id).where(usage.c.user_id.in_(sorted(set(user_ids)))).order_by(usage.c.user_id)
    session.execute(query.with_for_update()).all()


def lot_from(row: Any) -> Lot:
    """A row of `credit_grants`, whatever was selected beside it, as the domain's value."""
    values = {name: row[name] for name in Lot.__dataclass_fields__}
    return Lot(**{**values, "pool": Pool(row["pool"]), "source": LogType(row["source"])})


def existing_grant_keys(session: Session, keys: Iterable[str]) -> set[str]:
    """Which of these business keys have granted before."""
    wanted = sorted(set(keys))
    if not wanted:
        return set()
    return set(session.scalars(select(grants.c.key).where(grants.c.key.in_(wanted))))


def grant_exists(session: Session, key: str) -> bool:
    """Whether this business key has granted before."""
    return bool(existing_grant_keys(session, [key]))


def write_postings(session: Session, postings: Sequence[Posting], now: datetime) -> None:
    """Write what the rules decided. Several postings on one account come in their order: the last one counts."""
    written_lots: dict[str, Lot] = {}
    lines: list[LogLine] = []
    accounts: dict[str, Account] = {}
    endings: list[dict[str, Any]] = []
    for posting in postings:
        endings.extend(_ending(posting.account.user_id, ending, now) for ending in posting.endings)
        accounts[posting.account.user_id] = posting.account
        written_lots.update((lot.id, lot) for lot in posting.lots)
        lines.extend(posting.lines)
    new_ids = _ids_not_stored(lines, written_lots)
    bulk.insert_all(session, grants, [_lot_values(lot) for lot in written_lots.values() if lot.id in new_ids])
    spent = sorted((lot for lot in written_lots.values() if lot.id not in new_ids), key=lambda lot: lot.id)
    bulk.update_all(session, grants, [_lot_update(lot) for lot in spent], key="id")
    if endings:
        session.connection().execute(_END_EMPTY_LOTS, endings)
    bulk.insert_all(session, logs, [_line_values(line) for line in lines])
    touches = [(line.id, touch) for line in lines for touch in line.touches]
    moved = [{"log_id": log_id, "lot_id": touch.lot_id, "amount": touch.amount} for log_id, touch in touches]
    bulk.insert_all(session, lineage, moved)
    ordered = sorted(accounts.values(), key=lambda each: each.user_id)
    bulk.update_all(session, usage, [_account_update(account, now) for account in ordered], key="user_id")
    outgoing.lines_written(session, lines, now)


def _ids_not_stored(lines: list[LogLine], lots: dict[str, Lot]) -> set[str]:
    """A lot is new when a line of these postings opened it: that line alone bears the lot's own source as its type."""
    touched = ((touch.lot_id, line.type) for line in lines for touch in line.touches if touch.amount > 0)
    return {lot_id for lot_id, log_type in touched if lot_id in lots and lots[lot_id].source is log_type}


def _lot_update(lot: Lot) -> dict[str, Any]:
    return {"id": lot.id, "remaining": lot.remaining, "closed_at": lot.closed_at}


def _ending(user_id: str, ending: Ending, now: datetime) -> dict[str, Any]:
    before = ending.before or _FOREVER
    return {"account": user_id, "subscription": ending.subscription_id, "before": before, "closed": now}


def _account_update(account: Account, now: datetime) -> dict[str, Any]:
    return {
        "user_id": account.user_id,
        "subscription_credits_balance": account.subscription_balance,
        "one_time_credits_balance": account.one_time_balance,
        "seq": account.seq,
        "head_hash": account.head_hash,
        "held": account.held,
        "debt": account.debt,
        "is_frozen": account.is_frozen,
        "updated_at": now,
    }


def lines_by_key(session: Session, pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], LogLine]:
    """Earlier lines by (user, idempotency key), without what they touched."""
    wanted = set(pairs)
    if not wanted:
        return {}
    ids = {"user_ids": {user_id for user_id, _ in wanted}, "keys": {key for _, key in wanted}}
    (rows,) = rows_of(session, [Read(_LINES_BY_KEY, ids)])
    found = {(row["user_id"], row["key"]): _line(row) for row in rows}
    return {pair: line for pair, line in found.items() if pair in wanted}


def load_for_spending(
    session: Session, pairs: Iterable[tuple[str, str]]
) -> tuple[dict[str, Account], dict[tuple[str, str], LogLine]]:
    """The locked accounts of these (user, idempotency key) pairs, and the lines that these keys wrote before.

    The lines come without what they touched.
    """
    wanted = set(pairs)
    users = {user_id for user_id, _ in wanted}
    by_key = Read(_LINES_BY_KEY, {"user_ids": users, "keys": {key for _, key in wanted}})
    heads, lots, lines = rows_of(session, [*reads_of_accounts(users, lock=True), by_key])
    found = {(row["user_id"], row["key"]): _line(row) for row in lines}
    return accounts_from(heads, lots), {pair: line for pair, line in found.items() if pair in wanted}


def page_of(
    session: Session, user_id: str, *, below: int | None = None, above: int | None = None, limit: int
) -> Sequence[LogLine]:
    """Up to `limit` log lines of a user, the newest first, on one side of a sequence number."""
    query = select(logs).where(logs.c.user_id == user_id)
    if above is not None:
        rows = session.execute(query.where(logs.c.seq > above).order_by(logs.c.seq).limit(limit)).mappings().all()
        return [_line(row) for row in reversed(rows)]
    if below is not None:
        query = query.where(logs.c.seq < below)
    return [_line(row) for row in session.execute(query.order_by(logs.c.seq.desc()).limit(limit)).mappings()]


def _line(row: Any) -> LogLine:
    return LogLine(**{**row, "type": LogType(row["type"])})

"""Recomputes the ledger from its log and names the first thing that disagrees."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlmodel import Session

from nestpay.domain import debts, ledger
from nestpay.domain.ledger import GENESIS, Account, LogLine, LogType, Lot, Pool
from nestpay.store import explain as store
from nestpay.store import holds
from nestpay.store import ledger as accounts
from nestpay.store.session import reading


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that does not add up: whose account, which row, and what is wrong in a sentence."""

    user_id: str
    row: str
    complaint: str


def examine(user_ids: Iterable[str] | None = None) -> Iterator[Finding]:
    """Check accounts (all by default): balances, lots, lineage, chain. The first finding of each account counts."""
    with reading() as session:
        ids = list(user_ids) if user_ids is not None else store.account_ids(session)
    for user_id in ids:
        with reading() as session:
            finding = next(_examine_one(session, user_id), None)
        if finding:
            yield finding


def _examine_one(session: Session, user_id: str) -> Iterator[Finding]:
    account = accounts.load_accounts(session, [user_id], lock=False).get(user_id)
    if account is None:
        yield Finding(user_id, "usage", "there is no usage row")
        return
    lots = {lot.id: lot for lot in store.all_lots(session, user_id)}
    replay = _Replay(user_id)
    for line in store.log_in_order(session, user_id):
        yield from replay.take(line, lots)
    yield from replay.compare(account, lots)
    held = holds.open_sum(session, user_id)
    if account.held != held:
        yield Finding(user_id, "usage", f"it says that {account.held} are held, and open holds hold {held}")


class _Replay:
    """Walks one account's log from its first line and keeps what it adds up to."""

    def __init__(self, user_id: str) -> None:
        self.user_id = user_id
        self.seq = 0
        self.head = GENESIS
        self.debt = 0
        self.balance: dict[Pool, int] = dict.fromkeys(Pool, 0)
        self.left: dict[str, int] = defaultdict(int)

    def take(self, line: LogLine, lots: dict[str, Lot]) -> Iterator[Finding]:
        """Add one line up, and complain where it does not fit its predecessor or itself."""
        row = f"credit_logs {line.id} (line {line.seq})"
        if line.seq != self.seq + 1:
            yield Finding(self.user_id, row, f"line {self.seq + 1} is missing")
        if line.previous_hash != self.head:
            yield Finding(self.user_id, row, "it does not follow the line before it: a line was changed or taken out")
        for touch in line.touches:
            lot = lots.get(touch.lot_id)
            if lot is None:
                yield Finding(self.user_id, row, f"it touches lot {touch.lot_id}, which is not this user's")
                continue
            if lot.id not in self.left and touch.amount != lot.amount:
                grant = f"credit_grants {lot.id}"
                yield Finding(self.user_id, grant, f"it says {lot.amount}, and {touch.amount} were granted")
            self.left[lot.id] += touch.amount
            self.balance[lot.pool] += touch.amount
            if not 0 <= self.left[lot.id] <= lot.amount:
                yield Finding(self.user_id, row, f"it leaves lot {lot.id} with {self.left[lot.id]} of {lot.amount}")
        self.debt += debts.owed_by(line.key) if line.type is LogType.DEBT else 0
        self.debt += line.amount if line.type is LogType.DEBT_REPAID else 0
        after = (line.subscription_balance_after, line.one_time_balance_after)
        if after != (self.balance[Pool.SUBSCRIPTION], self.balance[Pool.ONE_TIME]):
            yield Finding(self.user_id, row, "its balances are not the sum of all lines so far")
        if line.amount != sum(touch.amount for touch in line.touches):
            yield Finding(self.user_id, row, "its amount is not what it moved in lots")
        if line.hash != _hash_of(line):
            yield Finding(self.user_id, row, "its hash does not fit its content: the line was changed")
        self.seq, self.head = line.seq, line.hash

    def compare(self, account: Account, lots: dict[str, Lot]) -> Iterator[Finding]:
        """Hold what the log adds up to against the rows that are kept beside it."""
        if (account.seq, account.head_hash) != (self.seq, self.head):
            yield Finding(self.user_id, "usage", "its last line is not the log's last line")
        kept = (account.subscription_balance, account.one_time_balance)
        if kept != (self.balance[Pool.SUBSCRIPTION], self.balance[Pool.ONE_TIME]):
            yield Finding(self.user_id, "usage", f"its balances {kept} are not the log's")
        if account.debt != self.debt:
            yield Finding(self.user_id, "usage", f"it says that {account.debt} are owed, and the log says {self.debt}")
        if account.is_frozen and not self.debt:
            yield Finding(self.user_id, "usage", "it is frozen, and nothing is owed")
        for lot in lots.values():
            if lot.remaining != self.left[lot.id]:
                yield Finding(
                    self.user_id,
                    f"credit_grants {lot.id}",
                    f"it has {lot.remaining} left and the log says {self.left[lot.id]}",
                )


def _hash_of(line: LogLine) -> str:
    return ledger.chain_hash(
        line.previous_hash,
        line.user_id,
        line.seq,
        line.subscription_balance_after,
        line.one_time_balance_after,
        line.type,
        line.created_at,
        line.key,
        line.touches,
    )

"""Everything that can happen to an account, in any order: after each step the books are right."""

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from nestpay.domain import clawbacks, debts, holds, ledger
from nestpay.domain.errors import AccountFrozen, HoldClosed, NotEnoughCredits
from nestpay.domain.holds import Hold, HoldStatus, Overdraft
from nestpay.domain.ledger import (
    GENESIS,
    Account,
    Grant,
    LogLine,
    LogType,
    Lot,
    Pool,
    Posting,
    Stamp,
    Touch,
    chain_hash,
)
from nestpay.domain.periods import RENEWAL_GRACE, add_months
from nestpay.domain.refunds import ClawbackPolicy, Granted, claw_back

START = datetime(2027, 1, 31, tzinfo=UTC)
CREDITS = st.integers(1, 300)
ENDS = (LogType.PERIOD_RESET, LogType.EXPIRE, LogType.SUBSCRIPTION_CANCEL_REVOKE)


class Books(RuleBasedStateMachine):
    """One account, and every row that the store would keep of it."""

    @initialize()
    def open(self) -> None:
        """Nothing has happened yet."""
        self.now = START
        self.names = count()
        self.account = Account(user_id="ada")
        self.lots: dict[str, Lot] = {}
        self.lines: list[LogLine] = []
        self.holds: dict[str, Hold] = {}
        self.owed = 0
        self.period = -1
        self.newest_start: datetime | None = None
        self.subscription = "sub-0"
        self.policies: dict[str, ClawbackPolicy] = {}
        self.owed_of: dict[str, int] = defaultdict(int)

    # What happens

    @rule(amount=CREDITS, days=st.none() | st.integers(1, 40), priority=st.integers(1, 3))
    def buy(self, amount: int, days: int | None, priority: int) -> None:
        """A pack, which may end."""
        order_id = f"order-{next(self.names)}"
        expires_at = self.now + timedelta(days=days) if days else None
        wish = self.wish(amount, Pool.ONE_TIME, expires_at=expires_at, priority=priority, order_id=order_id)
        self.write(ledger.grant(self.account, wish, self.stamp))

    @rule(amount=CREDITS)
    def spend(self, amount: int) -> None:
        """A spend takes exactly what it says, or nothing."""
        if self.account.is_frozen:
            return
        available = self.account.available(self.now)
        if available < amount:
            with pytest.raises(NotEnoughCredits):
                ledger.spend(self.account, amount, self.stamp, key="never")
            return
        self.write(ledger.spend(self.account, amount, self.stamp, key=f"spend-{next(self.names)}"))
        assert self.account.available(self.now) == available - amount

    @rule(amount=CREDITS, minutes=st.integers(1, 3000))
    def set_aside(self, amount: int, minutes: int) -> None:
        """A hold takes credits out of their lots at once."""
        if self.account.available(self.now) < amount:
            return
        end = self.now + timedelta(minutes=minutes)
        posting, held = holds.hold(self.account, amount, self.stamp, key=f"hold-{next(self.names)}", expires_at=end)
        self.write(posting)
        self.holds[held.id] = held

    @precondition(lambda self: any(held.status is HoldStatus.OPEN for held in self.holds.values()))
    @rule(which=st.integers(0), cost=st.integers(0, 500), overdraft=st.sampled_from(Overdraft))
    def settle(self, which: int, cost: int, overdraft: Overdraft) -> None:
        """A hold ends for what the work cost: all of it is taken, or nothing changes."""
        held = self.some_open_hold(which)
        try:
            posting, ended = holds.settle(self.account, held, cost, self.sources(held), self.stamp, overdraft=overdraft)
        except HoldClosed:
            assert held.expires_at <= self.now
            return
        except AccountFrozen:
            assert self.account.is_frozen
            return
        except NotEnoughCredits:
            assert cost > held.amount
            assert overdraft is not Overdraft.DEBT
            return
        owed = sum(debts.owed_by(line.key) for line in posting.lines if line.type is LogType.DEBT)
        assert owed == 0 or overdraft is Overdraft.DEBT
        self.owed += owed
        self.write(posting)
        self.holds[held.id] = ended

    @precondition(lambda self: any(held.status is HoldStatus.OPEN for held in self.holds.values()))
    @rule(which=st.integers(0))
    def release(self, which: int) -> None:
        """A hold ends and gives back; ended again it says so."""
        held = self.some_open_hold(which)
        posting, ended = holds.release(self.account, held, self.sources(held), self.stamp)
        self.write(posting)
        self.holds[held.id] = ended
        with pytest.raises(HoldClosed):
            holds.release(self.account, ended, self.sources(ended), self.stamp)

    @rule(which=st.integers(0), percent=st.integers(0, 100), policy=st.sampled_from(ClawbackPolicy))
    def refund(self, which: int, percent: int, policy: ClawbackPolicy) -> None:
        """So much of an order's money is back by now, or is not after all: its credits follow, and what is owed."""
        order_id, lots = self.some_order(which)
        if not order_id:
            return
        policy = self.policies.setdefault(order_id, policy)
        found = claw_back([self.as_granted(lot) for lot in lots], percent, 100)
        moves = [(lot, amount) for lot, amount in zip(lots, found.moves, strict=True) if amount]
        posting = clawbacks.book(self.account, moves, self.stamp, order_id=order_id)
        more, before = found.owed - self.owed_of[order_id], posting.account.debt
        payers = [(lot, paid) for lot in self.lots.values() if (paid := self.paid_of_debts(lot))]
        posting = posting.then(partial(self.owe, more=more, policy=policy, payers=payers, order_id=order_id))
        self.write(posting)
        self.owed_of[order_id] = found.owed
        if policy is ClawbackPolicy.CLAMP or more == 0:
            assert self.account.debt <= before
            return
        self.owed += max(more, -before)
        assert self.account.debt <= max(0, before + more)
        assert self.account.debt == 0 or policy is not ClawbackPolicy.FREEZE or more < 0 or self.account.is_frozen

    @precondition(lambda self: self.account.is_frozen)
    @rule(amount=CREDITS)
    def spend_while_frozen(self, amount: int) -> None:
        """Nothing can be spent, whatever is there."""
        with pytest.raises(AccountFrozen):
            ledger.spend(self.account, amount, self.stamp, key="never")

    @precondition(lambda self: self.account.is_frozen)
    @rule()
    def unfreeze(self) -> None:
        """An admin lets it be spent again, though something is owed."""
        self.account = replace(self.account, is_frozen=False)

    @rule(amount=CREDITS, cap=st.sampled_from([0, 50]))
    def renew(self, amount: int, cap: int) -> None:
        """The next period is paid."""
        self.period += 1
        start = add_months(START, self.period)
        self.now = max(self.now, start)
        self.grant_period(amount, start, LogType.SUBSCRIPTION_GRANT, cap)

    @precondition(lambda self: self.period >= 0)
    @rule(amount=CREDITS, days=st.integers(1, 27))
    def drip(self, amount: int, days: int) -> None:
        """Credits that come without a payment, some days into the period."""
        start = add_months(START, self.period) + timedelta(days=days)
        if self.newest_start and start > self.newest_start:
            self.now = max(self.now, start)
            self.grant_period(amount, start, LogType.SUBSCRIPTION_DRIP, 0)

    @precondition(lambda self: self.newest_start is not None and self.period >= 1)
    @rule(amount=CREDITS)
    def hear_late_of_an_older_period(self, amount: int) -> None:
        """Its lot opens and ends at once."""
        start = add_months(START, self.period - 1)
        open_before = {lot.id for lot in self.account.lots}
        wish = self.wish(amount, Pool.SUBSCRIPTION, effective_at=start, subscription_id=self.subscription)
        self.write(ledger.grant_period(self.account, wish, self.stamp, current_since=self.newest_start))
        assert {lot.id for lot in self.account.lots} <= open_before

    @precondition(lambda self: self.period >= 0)
    @rule()
    def end_the_subscription(self) -> None:
        """What is left of its lots ends; there may be another one later."""
        self.write(ledger.end_subscription(self.account, self.subscription, self.stamp))
        self.subscription, self.newest_start = f"sub-{next(self.names)}", None

    @rule(hours=st.integers(1, 24 * 20))
    def time_passes(self, hours: int) -> None:
        """Lots and holds may be over by now; nobody has swept them."""
        self.now += timedelta(hours=hours)

    @rule()
    def sweep(self) -> None:
        """What is over is closed."""
        self.write(ledger.close_expired(self.account, self.stamp))
        assert self.account.available(self.now) == sum(lot.remaining for lot in self.account.lots)

    # What is true after each step

    @invariant()
    def balances_are_the_sum_of_open_lots(self) -> None:
        by_pool = {pool: sum(lot.remaining for lot in self.lots.values() if lot.pool is pool) for pool in Pool}
        assert self.account.subscription_balance == by_pool[Pool.SUBSCRIPTION]
        assert self.account.one_time_balance == by_pool[Pool.ONE_TIME]
        assert {lot.id: lot for lot in self.account.lots} == {
            lot.id: lot for lot in self.lots.values() if lot.remaining
        }

    @invariant()
    def nothing_is_negative_and_no_lot_holds_more_than_it_got(self) -> None:
        assert all(0 <= lot.remaining <= lot.amount for lot in self.lots.values())
        assert min(self.account.subscription_balance, self.account.one_time_balance) >= 0
        assert min(self.account.held, self.account.debt) >= 0
        assert not self.account.is_frozen or self.account.debt > 0
        assert self.account.debt == 0 or not self.account.lots

    @invariant()
    def what_has_ended_holds_nothing(self) -> None:
        assert all(lot.remaining == 0 for lot in self.lots.values() if lot.closed_at)
        subscribed = [lot for lot in self.account.lots if lot.subscription_id]
        assert {lot.subscription_id for lot in subscribed} <= {self.subscription}
        assert all(lot.effective_at >= self.newest_start for lot in subscribed if self.newest_start)

    @invariant()
    def held_is_the_sum_of_open_holds(self) -> None:
        assert self.account.held == sum(held.amount for held in self.holds.values() if held.status is HoldStatus.OPEN)

    @invariant()
    def what_is_owed_was_taken_beyond_a_hold_or_lost_its_money_and_is_not_yet_repaid(self) -> None:
        repaid = -sum(line.amount for line in self.lines if line.type is LogType.DEBT_REPAID)
        assert self.account.debt == self.owed - repaid
        lines = sum(debts.owed_by(line.key) for line in self.lines if line.type is LogType.DEBT)
        assert lines == self.owed

    @invariant()
    def the_lineage_of_each_lot_adds_up_to_what_remains(self) -> None:
        moved: dict[str, int] = defaultdict(int)
        for line in self.lines:
            assert sum(touch.amount for touch in line.touches) == line.amount
            for touch in line.touches:
                moved[touch.lot_id] += touch.amount
        assert moved == {lot.id: lot.remaining for lot in self.lots.values()}

    @invariant()
    def no_credit_came_out_of_nowhere(self) -> None:
        granted = sum(lot.amount for lot in self.lots.values())
        opened = {lot.id: lot.source for lot in self.lots.values()}
        brought = sum(
            touch.amount for line in self.lines for touch in line.touches if opened[touch.lot_id] is line.type
        )
        assert granted == brought
        returned = {LogType.REFUND_RETURN, LogType.DEBT_RETURN, LogType.HOLD_SETTLE, LogType.HOLD_RELEASE}
        assert all(line.amount <= 0 for line in self.lines if line.type not in returned | set(opened.values()))
        moved: dict[LogType, int] = defaultdict(int)
        for line in self.lines:
            moved[line.type] += line.amount
        assert moved[LogType.REFUND_RETURN] <= -moved[LogType.REFUND_REVOKE]
        assert moved[LogType.DEBT_RETURN] <= -moved[LogType.DEBT_REPAID]

    @invariant()
    def the_log_replays_to_the_same_state_and_its_chain_verifies(self) -> None:
        head, balance = GENESIS, dict.fromkeys(Pool, 0)
        for seq, line in enumerate(self.lines, start=1):
            for touch in line.touches:
                balance[self.lots[touch.lot_id].pool] += touch.amount
            after = (line.subscription_balance_after, line.one_time_balance_after)
            assert after == (balance[Pool.SUBSCRIPTION], balance[Pool.ONE_TIME])
            assert (line.seq, line.previous_hash, line.hash) == (seq, head, _hash_of(line))
            head = line.hash
        assert (self.account.seq, self.account.head_hash) == (len(self.lines), head)

    # How it is kept

    @property
    def stamp(self) -> Stamp:
        return Stamp(self.now, lambda: f"id-{next(self.names):05}")

    def write(self, posting: Posting) -> None:
        self.account = posting.account
        self.lots.update((lot.id, lot) for lot in posting.lots)
        for ending in posting.endings:
            over = [lot for lot in self.lots.values() if ending.covers(lot)]
            self.lots.update((lot.id, replace(lot, closed_at=self.now)) for lot in over)
        self.lines += posting.lines

    def owe(
        self, account: Account, more: int, policy: ClawbackPolicy, payers: list[tuple[Lot, int]], order_id: str
    ) -> Posting:
        return clawbacks.owe(account, more, policy, payers, self.stamp, order_id=order_id)

    def as_granted(self, lot: Lot) -> Granted:
        """A lot as its order's refunds see it."""
        moved: dict[LogType, int] = defaultdict(int)
        for line in self.lines:
            for touch in line.touches:
                if touch.lot_id == lot.id and (line.type in ENDS or line.order_id == lot.order_id):
                    moved[line.type] -= touch.amount
        revoked = moved[LogType.REFUND_REVOKE] + moved[LogType.REFUND_RETURN]
        is_over = lot.closed_at is not None or lot.is_expired(self.now)
        ended = sum(moved[each] for each in ENDS)
        return Granted(lot.amount, lot.remaining, revoked=revoked, ended=ended, is_over=is_over)

    def paid_of_debts(self, lot: Lot) -> int:
        paying = (line for line in self.lines if line.type is LogType.DEBT_REPAID)
        return -sum(touch.amount for line in paying for touch in line.touches if touch.lot_id == lot.id)

    def wish(self, amount: int, pool: Pool, **details: object) -> Grant:
        source = LogType.ONE_TIME_PURCHASE if pool is Pool.ONE_TIME else LogType.SUBSCRIPTION_GRANT
        known = {"pool": pool, "source": source, "key": f"key-{next(self.names)}", "amount": amount}
        return Grant(**{**known, **details})  # pyright: ignore[reportArgumentType]

    def grant_period(self, amount: int, start: datetime, source: LogType, cap: int) -> None:
        wish = self.wish(
            amount,
            Pool.SUBSCRIPTION,
            source=source,
            effective_at=start,
            expires_at=add_months(START, self.period + 1) + RENEWAL_GRACE,
            order_id=f"invoice-{next(self.names)}",
            subscription_id=self.subscription,
        )
        self.write(ledger.grant_period(self.account, wish, self.stamp, rollover_cap=cap))
        self.newest_start = max(start, self.newest_start or start)

    def some_open_hold(self, which: int) -> Hold:
        waiting = [held for held in self.holds.values() if held.status is HoldStatus.OPEN]
        return waiting[which % len(waiting)]

    def sources(self, held: Hold) -> list[tuple[Lot, Touch]]:
        (line,) = [line for line in self.lines if line.id == held.log_id]
        pairs = [(self.lots[touch.lot_id], touch) for touch in line.touches]
        return sorted(pairs, key=lambda pair: pair[0].spend_rank)

    def some_order(self, which: int) -> tuple[str, list[Lot]]:
        ids = sorted({lot.order_id for lot in self.lots.values() if lot.order_id})
        if not ids:
            return "", []
        order_id = ids[which % len(ids)]
        return order_id, [lot for lot in self.lots.values() if lot.order_id == order_id]


def _hash_of(line: LogLine) -> str:
    return chain_hash(
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


TestBooks = Books.TestCase
TestBooks.settings = settings(
    max_examples=150, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)

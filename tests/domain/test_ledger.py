"""The credit ledger: whatever happens, balances are the open lots, nothing is spent twice, and the log tells it all."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nestpay.domain import ledger
from nestpay.domain.errors import InvalidAmount, NotEnoughCredits
from nestpay.domain.ledger import GENESIS, Account, Grant, LogLine, LogType, Lot, Pool, Posting, Stamp, chain_hash

START = datetime(2027, 1, 31, tzinfo=UTC)
DAY = timedelta(days=1)
CREDITS = st.integers(1, 500)


@dataclass
class Book:
    """One account and everything that was ever written for it, as the store would keep it."""

    account: Account = field(default_factory=lambda: Account(user_id="ada"))
    lots: dict[str, Lot] = field(default_factory=dict)
    lines: list[LogLine] = field(default_factory=list)
    now: datetime = START
    names: "count[int]" = field(default_factory=count)

    @property
    def stamp(self) -> Stamp:
        return Stamp(self.now, lambda: f"id-{next(self.names):04}")

    def write(self, posting: Posting) -> Posting:
        self.account = posting.account
        self.lots.update((lot.id, lot) for lot in posting.lots)
        self.lines += posting.lines
        return posting

    def grant(self, amount: int, **details: object) -> Posting:
        wish = Grant(
            **{
                "pool": Pool.ONE_TIME,
                "source": LogType.ONE_TIME_PURCHASE,
                "key": f"key-{next(self.names)}",
                "amount": amount,
                **details,
            }  # pyright: ignore[reportArgumentType]
        )
        return self.write(ledger.grant(self.account, wish, self.stamp))

    def spend(self, amount: int, key: str | None = None) -> Posting:
        key = key or f"spend-{next(self.names)}"
        return self.write(ledger.spend(self.account, amount, self.stamp, key=key))

    def pay_period(self, index: int, amount: int = 100, *, current_since: datetime | None = None) -> Posting:
        return self.write(
            ledger.grant_period(self.account, period(index, amount), self.stamp, current_since=current_since)
        )


def period(index: int, amount: int = 100) -> Grant:
    """The credits of one subscription's period number `index`, thirty days each."""
    start = START + index * 30 * DAY
    return Grant(
        pool=Pool.SUBSCRIPTION,
        source=LogType.SUBSCRIPTION_GRANT,
        key=f"period-{index}",
        amount=amount,
        effective_at=start,
        expires_at=start + 500 * DAY,
        subscription_id="sub",
    )


Step = Callable[[Book], object]


def _try_to_spend(amount: int) -> Step:
    def step(book: Book) -> None:
        available = book.account.available(book.now)
        if available < amount:
            with pytest.raises(NotEnoughCredits):
                book.spend(amount)
        else:
            book.spend(amount)

    return step


def _pass(days: int) -> Step:
    return lambda book: setattr(book, "now", book.now + days * DAY)


def _grant(amount: int, days: int | None, priority: int) -> Step:
    return lambda book: book.grant(
        amount, expires_at=book.now + days * DAY if days is not None else None, priority=priority
    )


def _pay(index: int, amount: int) -> Step:
    def step(book: Book) -> None:
        if not any(lot.key == f"period-{index}" for lot in book.lots.values()):
            book.pay_period(index, amount)

    return step


STEPS = st.lists(
    st.one_of(
        st.builds(_grant, CREDITS, st.none() | st.integers(1, 40), st.integers(1, 3)),
        st.builds(_try_to_spend, CREDITS),
        st.builds(_pay, st.integers(0, 5), CREDITS),
        st.builds(_pass, st.integers(0, 20)),
    ),
    max_size=25,
)


def lived(steps: list[Step]) -> Book:
    book = Book()
    for step in steps:
        step(book)
    return book


def balances(lots: "list[Lot] | tuple[Lot, ...]") -> tuple[int, int]:
    by_pool = {pool: sum(lot.remaining for lot in lots if lot.pool is pool) for pool in Pool}
    return by_pool[Pool.SUBSCRIPTION], by_pool[Pool.ONE_TIME]


# Whatever happens


@given(STEPS)
def test_balances_are_the_sum_of_open_lots_after_every_step(steps: list[Step]) -> None:
    book = Book()
    for step in steps:
        step(book)
        held = (book.account.subscription_balance, book.account.one_time_balance)
        assert held == balances(book.account.lots) == balances(list(book.lots.values()))
        assert {lot.id for lot in book.account.lots} == {lot.id for lot in book.lots.values() if lot.remaining}


@given(STEPS)
def test_nothing_is_ever_negative_and_no_lot_holds_more_than_it_got(steps: list[Step]) -> None:
    book = lived(steps)
    assert all(0 <= lot.remaining <= lot.amount for lot in book.lots.values())
    assert all(line.subscription_balance_after >= 0 and line.one_time_balance_after >= 0 for line in book.lines)


@given(STEPS)
def test_no_credit_is_spent_twice_or_lost(steps: list[Step]) -> None:
    book = lived(steps)
    granted = sum(lot.amount for lot in book.lots.values())
    gone = -sum(line.amount for line in book.lines if line.amount < 0)
    assert granted - gone == sum(balances(book.account.lots))


@given(STEPS)
def test_the_lineage_of_each_lot_adds_up_to_what_remains(steps: list[Step]) -> None:
    book = lived(steps)
    moved: dict[str, int] = defaultdict(int)
    for line in book.lines:
        assert sum(touch.amount for touch in line.touches) == line.amount
        for touch in line.touches:
            moved[touch.lot_id] += touch.amount
    assert moved == {lot.id: lot.remaining for lot in book.lots.values()}


@given(STEPS)
def test_the_log_alone_gives_the_same_state_again(steps: list[Step]) -> None:
    book = lived(steps)
    remaining: dict[str, int] = defaultdict(int)
    pools = {lot.id: lot.pool for lot in book.lots.values()}
    for line in book.lines:
        for touch in line.touches:
            remaining[touch.lot_id] += touch.amount
        replayed = {pool: sum(left for lot, left in remaining.items() if pools[lot] is pool) for pool in Pool}
        assert replayed[Pool.SUBSCRIPTION] == line.subscription_balance_after
        assert replayed[Pool.ONE_TIME] == line.one_time_balance_after
    assert {lot_id: left for lot_id, left in remaining.items() if left} == {
        lot.id: lot.remaining for lot in book.account.lots
    }


@given(STEPS)
def test_the_chain_of_hashes_verifies_and_counts_without_gaps(steps: list[Step]) -> None:
    book = lived(steps)
    head = GENESIS
    for seq, line in enumerate(book.lines, start=1):
        assert (line.seq, line.previous_hash, line.hash) == (seq, head, hash_of(line))
        head = line.hash
    assert (book.account.seq, book.account.head_hash) == (len(book.lines), head)


def hash_of(line: LogLine) -> str:
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


def test_an_edited_line_shows_in_the_chain() -> None:
    book = Book()
    book.grant(100)
    line = book.spend(30).lines[-1]
    assert hash_of(line) == line.hash
    for edit in ({"one_time_balance_after": 71}, {"key": "other"}, {"touches": ()}, {"created_at": START + DAY}):
        assert hash_of(replace(line, **edit)) != line.hash


# Spending


def test_credits_go_by_priority_then_soonest_end_then_age() -> None:
    book = Book()
    book.grant(10, key="never ends")
    book.grant(10, key="ends late", expires_at=START + 20 * DAY)
    book.grant(10, key="ends soon", expires_at=START + 5 * DAY)
    book.grant(10, key="first of all", priority=1)
    book.now += DAY
    book.grant(10, key="never ends, newer")
    names = {lot.id: lot.key for lot in book.lots.values()}
    touched = [names[touch.lot_id] for touch in book.spend(50).lines[-1].touches]
    assert touched == ["first of all", "ends soon", "ends late", "never ends", "never ends, newer"]


@pytest.mark.parametrize("amount", [0, -5, 1.5, "10", True, None, 2**53 + 1])
def test_only_whole_numbers_above_zero_can_be_moved(amount: object) -> None:
    book = Book()
    book.grant(100)
    with pytest.raises(InvalidAmount):
        book.spend(amount)  # pyright: ignore[reportArgumentType]
    with pytest.raises(InvalidAmount):
        book.grant(amount)  # pyright: ignore[reportArgumentType]


def test_who_is_short_is_told_by_how_much_and_loses_nothing() -> None:
    book = Book()
    book.grant(30)
    before = book.account
    with pytest.raises(NotEnoughCredits) as refusal:
        book.spend(31)
    assert (refusal.value.needed, refusal.value.available) == (31, 30)
    assert book.account is before


def test_expired_credits_cannot_be_spent_though_nobody_swept_them() -> None:
    book = Book()
    book.grant(100, expires_at=START + DAY)
    book.grant(5)
    book.now = START + DAY
    assert book.account.available(book.now) == 5
    with pytest.raises(NotEnoughCredits):
        book.spend(6)


def test_a_write_closes_what_expired_with_a_line_of_its_own() -> None:
    book = Book()
    book.grant(100, expires_at=START + DAY)
    book.grant(5)
    book.now = START + 2 * DAY
    lines = book.spend(5).lines
    assert [(line.type, line.amount) for line in lines] == [(LogType.EXPIRE, -100), (LogType.FEATURE_USAGE, -5)]
    assert book.account.lots == ()


# A subscription's periods


def open_lots(book: Book) -> set[tuple[str, int]]:
    return {(lot.key, lot.remaining) for lot in book.account.lots}


def test_a_renewal_brings_new_credits_and_ends_the_old_ones() -> None:
    book = Book()
    book.grant(7, key="bought")
    book.pay_period(0)
    book.spend(40)
    book.pay_period(1)
    assert open_lots(book) == {("bought", 7), ("period-1", 100)}
    assert [(line.type, line.amount) for line in book.lines[-2:]] == [
        (LogType.PERIOD_RESET, -60),
        (LogType.SUBSCRIPTION_GRANT, 100),
    ]


@given(st.permutations(range(5)))
def test_periods_paid_in_any_order_leave_the_same_open_lots(order: list[int]) -> None:
    book = Book()
    for index in order:
        book.pay_period(index)
    assert open_lots(book) == {("period-4", 100)}


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_past_period_paid_late_opens_nothing_even_when_the_present_one_is_used_up(order: tuple[int, ...]) -> None:
    book = Book()
    for index in order:
        book.pay_period(index, current_since=START + 60 * DAY)
        if index == 2:
            book.spend(100)
    assert open_lots(book) == set()


def test_another_subscriptions_lots_stay() -> None:
    book = Book()
    other = replace(period(0), key="other", subscription_id="other sub")
    book.write(ledger.grant_period(book.account, other, book.stamp))
    book.pay_period(1)
    assert open_lots(book) == {("other", 100), ("period-1", 100)}


def test_a_renewal_after_the_old_lot_expired_closes_it_once() -> None:
    book = Book()
    book.write(ledger.grant_period(book.account, replace(period(0), expires_at=START + DAY), book.stamp))
    book.now = START + 40 * DAY
    book.pay_period(1)
    assert [line.type for line in book.lines[1:]] == [LogType.EXPIRE, LogType.SUBSCRIPTION_GRANT]
    assert open_lots(book) == {("period-1", 100)}

"""Holds: credits that are set aside come back where they came from, or pay for the work, exactly once."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from nestpay.domain import holds, ledger
from nestpay.domain.errors import AccountFrozen, HoldClosed, InvalidAmount, NotEnoughCredits
from nestpay.domain.holds import Hold, HoldStatus, Overdraft
from nestpay.domain.ledger import Account, Grant, LogType, Lot, Pool, Posting, Stamp, Touch

START = datetime(2027, 3, 1, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@dataclass
class Desk:
    """An account with a lot that ends soon and one that never does."""

    account: Account = field(default_factory=lambda: Account(user_id="ada"))
    lots: dict[str, Lot] = field(default_factory=dict)
    taken: dict[str, tuple[Touch, ...]] = field(default_factory=dict)
    now: datetime = START
    names: "count[int]" = field(default_factory=count)

    @property
    def stamp(self) -> Stamp:
        return Stamp(self.now, lambda: f"id-{next(self.names):04}")

    def write(self, posting: Posting) -> Posting:
        self.account = posting.account
        self.lots.update((lot.id, lot) for lot in posting.lots)
        for ending in posting.endings:
            over = [lot for lot in self.lots.values() if ending.covers(lot)]
            self.lots.update((lot.id, replace(lot, closed_at=self.now)) for lot in over)
        self.taken.update((line.id, line.touches) for line in posting.lines)
        return posting

    def grant(self, amount: int, key: str, **details: object) -> None:
        known = {"pool": Pool.ONE_TIME, "source": LogType.ONE_TIME_PURCHASE, "key": key, "amount": amount}
        self.write(ledger.grant(self.account, Grant(**{**known, **details}), self.stamp))  # pyright: ignore[reportArgumentType]

    def hold(self, amount: int) -> Hold:
        end = self.now + 5 * MINUTE
        posting, held = holds.hold(self.account, amount, self.stamp, key="work", expires_at=end)
        self.write(posting)
        return held

    def sources(self, held: Hold) -> list[tuple[Lot, Touch]]:
        return [(self.lots[touch.lot_id], touch) for touch in self.taken[held.log_id]]

    def settle(self, held: Hold, cost: int, overdraft: Overdraft = Overdraft.REFUSE) -> Hold:
        posting, ended = holds.settle(self.account, held, cost, self.sources(held), self.stamp, overdraft=overdraft)
        self.write(posting)
        return ended

    def release(self, held: Hold) -> Hold:
        posting, ended = holds.release(self.account, held, self.sources(held), self.stamp)
        self.write(posting)
        return ended

    def left(self) -> dict[str, int]:
        """What remains in each lot, by its key."""
        return {lot.key: lot.remaining for lot in self.lots.values()}


@pytest.fixture
def desk() -> Desk:
    desk = Desk()
    desk.grant(30, "ends soon", expires_at=START + DAY)
    desk.grant(100, "never ends")
    return desk


def test_held_credits_leave_their_lots_in_spend_order(desk: Desk) -> None:
    held = desk.hold(50)
    assert desk.left() == {"ends soon": 0, "never ends": 80}
    assert (desk.account.available(START), desk.account.held, held.status) == (80, 50, HoldStatus.OPEN)


def test_what_the_work_did_not_cost_goes_back_to_the_lot_taken_from_last(desk: Desk) -> None:
    ended = desk.settle(desk.hold(50), 35)
    assert (ended.status, ended.settled_amount) == (HoldStatus.SETTLED, 35)
    assert desk.left() == {"ends soon": 0, "never ends": 95}
    assert (desk.account.held, desk.account.one_time_balance) == (0, 95)


@pytest.mark.parametrize("cost", [0, 50])
def test_work_may_cost_nothing_or_all_of_it(desk: Desk, cost: int) -> None:
    desk.settle(desk.hold(50), cost)
    assert desk.account.one_time_balance == 130 - cost


def test_a_released_hold_leaves_everything_as_it_was(desk: Desk) -> None:
    before = desk.left()
    assert desk.release(desk.hold(50)).status is HoldStatus.RELEASED
    assert (desk.left(), desk.account.held) == (before, 0)


def test_a_hold_ends_once(desk: Desk) -> None:
    ended = desk.settle(desk.hold(50), 20)
    for again in (lambda: desk.settle(ended, 20), lambda: desk.release(ended)):
        with pytest.raises(HoldClosed):
            again()
    assert desk.account.one_time_balance == 110


def test_a_hold_cannot_be_settled_from_the_instant_on_at_which_it_is_over(desk: Desk) -> None:
    held = desk.hold(50)
    desk.now = held.expires_at
    with pytest.raises(HoldClosed):
        desk.settle(held, 1)
    assert desk.release(held).status is HoldStatus.EXPIRED
    assert desk.account.one_time_balance == 130


def test_what_came_from_a_lot_that_expired_meanwhile_is_gone(desk: Desk) -> None:
    held = desk.hold(50)
    desk.now = START + 2 * DAY
    desk.release(held)
    assert desk.left() == {"ends soon": 0, "never ends": 100}


def test_an_expiry_in_between_does_not_take_what_is_held(desk: Desk) -> None:
    posting, held = holds.hold(desk.account, 30, desk.stamp, key="long", expires_at=START + 3 * DAY)
    desk.write(posting)
    desk.now = START + 2 * DAY
    assert desk.settle(held, 30).settled_amount == 30
    assert desk.account.one_time_balance == 100


@pytest.mark.parametrize("leaves", [0, 10])
def test_nothing_flows_back_into_a_period_that_has_ended(leaves: int) -> None:
    desk = Desk()
    month = Grant(
        pool=Pool.SUBSCRIPTION,
        source=LogType.SUBSCRIPTION_GRANT,
        key="first",
        amount=50 + leaves,
        effective_at=START,
        expires_at=START + 60 * DAY,
        subscription_id="sub",
    )
    desk.write(ledger.grant_period(desk.account, month, desk.stamp))
    held = desk.hold(50)
    desk.write(ledger.grant_period(desk.account, replace(month, key="next", effective_at=START + MINUTE), desk.stamp))
    desk.release(held)
    assert desk.left() == {"first": 0, "next": 50 + leaves}


def test_nothing_flows_back_into_a_subscription_that_has_ended() -> None:
    desk = Desk()
    desk.grant(50, "month", pool=Pool.SUBSCRIPTION, source=LogType.SUBSCRIPTION_GRANT, subscription_id="sub")
    held = desk.hold(50)
    desk.write(ledger.end_subscription(desk.account, "sub", desk.stamp))
    desk.release(held)
    assert desk.account.subscription_balance == 0


# More than was held


def test_more_than_was_held_is_refused_and_the_hold_stays_open(desk: Desk) -> None:
    held = desk.hold(50)
    with pytest.raises(NotEnoughCredits) as shortage:
        desk.settle(held, 51)
    assert (shortage.value.needed, shortage.value.available) == (51, 50)
    assert desk.account.held == 50


def test_more_than_was_held_is_taken_from_what_is_there_if_that_is_allowed(desk: Desk) -> None:
    desk.settle(desk.hold(50), 70, Overdraft.AVAILABLE)
    assert (desk.account.one_time_balance, desk.account.debt) == (60, 0)
    held = desk.hold(50)
    with pytest.raises(NotEnoughCredits):
        desk.settle(held, 61, Overdraft.AVAILABLE)


def test_what_is_missing_is_owed_if_that_is_allowed_and_the_next_lot_pays_it_first(desk: Desk) -> None:
    desk.settle(desk.hold(120), 150, Overdraft.DEBT)
    assert (desk.account.one_time_balance, desk.account.debt) == (0, 20)
    desk.grant(15, "too little")
    assert (desk.account.one_time_balance, desk.account.debt) == (0, 5)
    desk.grant(100, "enough")
    assert (desk.account.one_time_balance, desk.account.debt) == (95, 0)


def test_a_frozen_account_holds_nothing_and_pays_for_what_it_held(desk: Desk) -> None:
    held = desk.hold(50)
    desk.account = replace(desk.account, is_frozen=True)
    with pytest.raises(AccountFrozen):
        desk.hold(1)
    assert desk.settle(held, 50).status is HoldStatus.SETTLED


@pytest.mark.parametrize("amount", [0, -1, 1.5, True, None, 2**53 + 1])
def test_only_whole_numbers_above_zero_can_be_held(desk: Desk, amount: object) -> None:
    with pytest.raises(InvalidAmount):
        desk.hold(amount)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("cost", [-1, 1.5, True, None])
def test_a_cost_that_makes_no_sense_ends_nothing(desk: Desk, cost: object) -> None:
    held = desk.hold(50)
    with pytest.raises(InvalidAmount):
        desk.settle(held, cost)  # pyright: ignore[reportArgumentType]
    assert desk.account.held == 50

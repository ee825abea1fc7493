"""Lives of a customer, made up from a seed and played against the sandbox; what the sandbox told is recorded."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import stripe
from sqlmodel import SQLModel

from nestpay.billing import changes, refunds, subscriptions
from nestpay.domain.errors import NestpayError, NoSubscription
from nestpay.domain.subscriptions import LIVE, CancelReason
from nestpay.store.tables import OrderRow, PlanRow, PriceRecord, SubscriptionRow, UserRow
from tests import builders
from tests.scenarios import fingerprint
from tests.scenarios.fingerprint import State
from tests.scenarios.merchant import Merchant, edit, edit_plan, open_for_business

STARTS = [
    datetime(year, month, day, 10, 17, tzinfo=UTC)
    for year, month, day in (
        (2027, 1, 31),
        (2027, 8, 31),
        (2028, 2, 29),
        (2027, 12, 30),
        (2027, 3, 15),
        (2027, 10, 31),
        (2027, 2, 28),
    )
]
_EXPANDED = "&".join(
    f"expand[]={name}"
    for name in ("latest_invoice", "default_payment_method", "customer.invoice_settings.default_payment_method")
)
_PLANS = ("pro", "business")


@dataclass
class Chapter:
    """What was told up to an instant; then Ada spent `spends`, if anything. `reads` is what the provider answers then."""

    until: datetime
    events: list[dict[str, Any]]
    orders: list[dict[str, Any]]
    reads: dict[str, dict[str, Any]] = field(default_factory=dict)
    spends: int = 0


@dataclass
class Life:
    """A recorded life: who and what there was at its beginning, its chapters, and what it came to when it was lived."""

    seed: int
    user_id: str
    rows: list[tuple[type[SQLModel], list[dict[str, Any]]]]
    script: list[str] = field(default_factory=list)
    chapters: list[Chapter] = field(default_factory=list)
    lived: State = field(default_factory=dict)


@dataclass
class Player:
    """Plays one life, step after step."""

    merchant: Merchant
    life: Life
    random: Random
    orders: list[dict[str, Any]] = field(default_factory=list)
    heard: int = 0

    def play(self, steps: int) -> None:
        """Begin, live through some steps, and let things settle."""
        self.begin()
        self.hear()
        moves = [move for move, weight in self.moves().items() for _ in range(weight)]
        for _ in range(steps):
            move = self.random.choice(moves)
            self.merchant.jump(self.merchant.now + timedelta(minutes=7))  # nobody acts twice in one second
            self.life.script.append(move.__name__)
            with suppress(NestpayError, stripe.StripeError):
                move()
            self.hear()
        self.merchant.live(hours=self.random.choice((2, 30)))
        self.end_chapter(0)

    def moves(self) -> dict[Callable[[], None], int]:
        """What can happen, and how often it does."""
        return {
            self.renew: 6,
            self.wait: 4,
            self.spend: 3,
            self.buy_credits: 1,
            self.change_plan: 4,
            self.change_seats: 1,
            self.lose_card: 2,
            self.mend_card: 2,
            self.cancel: 2,
            self.cancel_at_once: 1,
            self.resume: 2,
            self.pause: 1,
            self.unpause: 2,
            self.refund: 3,
            self.use_up_and_refund: 3,
            self.fail_refund: 1,
            self.dispute: 2,
            self.decide_dispute: 2,
            self.come_back: 1,
        }

    def hear(self) -> None:
        self.merchant.hear()

    def end_chapter(self, spends: int) -> None:
        """Everything that was told so far is in the chapter, and so is what the provider says now."""
        self.hear()
        events = self.merchant.told[self.heard :]
        self.heard = len(self.merchant.told)
        chapter = Chapter(self.merchant.now, events, self.orders, self.reads(), spends)
        self.life.chapters.append(chapter)
        self.orders = []

    def reads(self) -> dict[str, dict[str, Any]]:
        """Each subscription as it can be read now."""
        ids = {
            event["data"]["object"]["id"]
            for event in self.merchant.told
            if event["type"] == "customer.subscription.created"
        }
        return {
            f"/v1/subscriptions/{each}": self.merchant.served.call("GET", f"/subscriptions/{each}?{_EXPANDED}").json()
            for each in ids
        }

    def begin(self) -> None:
        if self.random.random() < 0.1:
            self.life.script.append("begin with credits")
            self.remember(self.merchant.buy())
            return
        self.subscribe()

    def subscribe(self) -> None:
        plan = self.random.choice(_PLANS)
        interval = "year" if self.random.random() < 0.3 else "month"
        quantity = self.random.choice((1, 1, 1, 2))
        self.life.script.append(f"subscribe {plan} {interval} {quantity}")
        self.remember(self.merchant.buy(plan, interval, quantity=quantity))

    def remember(self, order: OrderRow) -> None:
        self.orders.append(order.model_dump())

    def running(self) -> Any:
        """The subscription that runs, or a refusal."""
        held = next((row for row in reversed(builders.rows_of(SubscriptionRow)) if row.status in LIVE), None)
        if held is None:
            raise NoSubscription
        return held

    def renew(self) -> None:
        end = self.running().current_period_end
        hours = self.random.choice((2, 5, 60))
        if end and end - self.merchant.now < timedelta(days=40):
            self.merchant.live_until(end + timedelta(hours=hours))
        else:
            self.merchant.live(days=32)

    def wait(self) -> None:
        self.merchant.live(days=self.random.choice((1, 3, 10, 17)))

    def spend(self) -> None:
        self.use(self.random.choice((10, 300, 700, 1500)))

    def use_up_and_refund(self) -> None:
        """What was spent before its money goes back is owed, where the plan says so."""
        if left := self.merchant.credits():
            self.use(self.random.choice((left, left - left // 4)))
        self.refund()

    def use(self, amount: int) -> None:
        self.end_chapter(amount)
        self.merchant.spend(amount, f"spend:{len(self.life.chapters)}")

    def buy_credits(self) -> None:
        self.remember(self.merchant.buy(quantity=self.random.choice((1, 1, 3))))

    def change_plan(self) -> None:
        price = self.merchant.price(self.random.choice(_PLANS), self.random.choice(("month", "month", "year")))
        self.agree(price, None)

    def change_seats(self) -> None:
        self.agree(self.running().price_id, self.random.choice((1, 2, 3)))

    def agree(self, price_id: str, quantity: int | None) -> None:
        quote = changes.quote(self.life.user_id, price_id, quantity=quantity)
        self.life.script.append(f"{quote.plan_title} {quote.interval} {quote.quantity} {quote.timing}")
        changes.agree(self.life.user_id, quote.id)

    def lose_card(self) -> None:
        self.running()
        self.merchant.pay_with("pm_card_chargeCustomerFail")

    def mend_card(self) -> None:
        held = self.running()
        self.merchant.pay_with("pm_card_visa")
        client = self.merchant.served.client
        owed = client.invoices.list({"subscription": held.provider_subscription_id, "status": "open"}).data
        for invoice in owed if self.random.random() < 0.5 else ():
            client.invoices.pay(invoice.id)

    def cancel(self) -> None:
        subscriptions.cancel(self.life.user_id, reason=CancelReason.UNUSED)

    def cancel_at_once(self) -> None:
        if self.random.random() < 0.5:
            self.merchant.lever("subscription-cancel", subscription=self.running().provider_subscription_id)
        else:
            subscriptions.cancel(self.life.user_id, at_once=True, by="an-admin")

    def resume(self) -> None:
        subscriptions.resume(self.life.user_id)

    def pause(self) -> None:
        subscriptions.pause(self.life.user_id)

    def unpause(self) -> None:
        subscriptions.unpause(self.life.user_id)

    def come_back(self) -> None:
        self.subscribe()

    def refund(self) -> None:
        order = self.a_paid_order()
        left = order.amount_total - order.amount_refunded
        part = self.random.choice((left, left // 2, left // 3 + 1))
        if self.random.random() < 0.5:
            refunds.refund_order(order.id, amount_minor=part, by="an-admin")
        else:
            self.merchant.lever("refund", payment_intent=order.provider_payment_intent_id, amount=part)

    def fail_refund(self) -> None:
        """The bank says much later that the money could not be given back."""
        done = self.merchant.served.client.refunds.list({"limit": 10}).data
        if done:
            self.merchant.lever("refund-settle", refund=self.random.choice(done).id, outcome="failed")

    def dispute(self) -> None:
        order = self.a_paid_order()
        part = self.random.choice((order.amount_total, order.amount_total // 2))
        self.merchant.lever("dispute", payment_intent=order.provider_payment_intent_id, amount=part)

    def decide_dispute(self) -> None:
        for case in self.merchant.served.client.disputes.list({"limit": 10}).data:
            self.merchant.lever("dispute-close", dispute=case.id, outcome=self.random.choice(("won", "lost")))

    def a_paid_order(self) -> OrderRow:
        paid = [
            row
            for row in self.merchant.orders()
            if row.status in ("succeeded", "partially_refunded") and row.provider_payment_intent_id and row.amount_total
        ]
        if not paid:
            raise NestpayError
        return self.random.choice(paid)


def live(seed: int, folder: Path, *, steps: int = 9) -> Life:
    """Play the life of this seed on the database that this process is connected to, which must be fresh."""
    random = Random(seed)
    with open_for_business(folder, random.choice(STARTS)) as merchant:
        _vary_the_offer(merchant, random)
        tables = (UserRow, PlanRow, PriceRecord)
        rows = [(table, [row.model_dump() for row in builders.rows_of(table)]) for table in tables]
        life = Life(seed, merchant.user_id, rows)
        Player(merchant, life, random).play(random.randint(3, steps))
        life.lived = fingerprint.state_of(merchant.user_id)
    return life


def _vary_the_offer(merchant: Merchant, random: Random) -> None:
    """Some shops give a trial or a coupon, or treat credits otherwise on a change."""
    if random.random() < 0.2:
        edit_plan(merchant, "pro", trial_days=random.choice((7, 14)))
    if random.random() < 0.2:
        duration = random.choice(("once", "forever"))
        coupon = merchant.served.client.coupons.create({"percent_off": random.choice((25, 100)), "duration": duration})
        edit(PriceRecord, merchant.price("pro"), coupon_id=coupon.id)
    if random.random() < 0.3:
        _edit_benefits("business", change_credits=random.choice(("keep", "replace")))
    if random.random() < 0.4:
        policy = random.choice(("debt", "freeze"))
        for key in (*_PLANS, "credits-500"):
            _edit_benefits(key, clawback=policy)


def _edit_benefits(key: str, **benefits: str) -> None:
    plan = next(row for row in builders.rows_of(PlanRow) if row.key == key)
    edit(PlanRow, plan.id, benefits={**plan.benefits, **benefits})

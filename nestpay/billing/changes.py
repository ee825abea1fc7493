"""Changes of plan, interval and seats: what one costs before the customer agrees, and doing it.

What was shown is what is charged: a quote is previewed again, with its own instant, just before it is carried out, and
any difference refuses it.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from sqlmodel import Session

from nestpay.billing.change_options import terms_of
from nestpay.billing.clock import billing_now, real_now
from nestpay.billing.mirror import act, sync
from nestpay.billing.plan_changes import credit_line
from nestpay.billing.quote_lines import QuoteLine, shown
from nestpay.billing.subscriptions import Agreed, free_of_schedule, held_by
from nestpay.domain.errors import (
    ChangeWaiting,
    CurrencyLocked,
    DowngradeLater,
    InvalidAmount,
    NestpayError,
    NotFound,
    NotInThisState,
    NotOffered,
    PriceNotReady,
    PriceUnknown,
    ProviderRefused,
    SamePlan,
    SeatsInUse,
    StaleQuote,
    SubscriptionEnding,
)
from nestpay.domain.facts import InvoiceLine, SubscriptionState
from nestpay.domain.money import Money
from nestpay.domain.plans import PriceRow, PriceType
from nestpay.domain.proration import CreditChange, CreditMove, credits_on_change, estimate, is_upgrade
from nestpay.domain.subscriptions import Subscription, SubscriptionStatus
from nestpay.providers import registry
from nestpay.providers.base import KEY_LIFE, Capability, ChangeRequest, Preview
from nestpay.store import audit, plans, quotes, seats
from nestpay.store import subscriptions as store
from nestpay.store.session import reading, transaction
from nestpay.store.tables import QuoteRow

Timing = Literal["now", "period_end"]

QUOTE_LIFE = timedelta(minutes=30)
"""How long a quote may be agreed to; its amounts are those of the instant it was made at."""
MOST_SEATS = 10_000
_CHANGEABLE = frozenset({SubscriptionStatus.ACTIVE, SubscriptionStatus.TRIALING})


@dataclass(frozen=True, slots=True)
class QuoteView:
    """What a change means before it is agreed to. Amounts are with tax and discounts, except the single `lines`.

    `credit_text` is what comes back for unused time ("" for nothing), `credits_now` the credits that come at once
    (negative when some are taken), `is_exact` False when the amounts are our own estimate.
    """

    id: str
    plan_title: str
    interval: str
    quantity: int
    timing: str
    due_now_text: str
    due_now_minor: int
    credit_text: str
    next_amount_text: str
    next_at: datetime | None
    credits_now: int
    credits_rule: str
    is_exact: bool
    expires_at: datetime
    lines: tuple[QuoteLine, ...]


@dataclass(frozen=True, slots=True)
class _Wish:
    """A change that the rules allow: from what is held to another price or quantity, at an instant."""

    held: Subscription
    held_price: PriceRow
    price: PriceRow
    quantity: int
    timing: Timing
    at: datetime

    @property
    def is_trialing(self) -> bool:
        return self.held.status is SubscriptionStatus.TRIALING


@dataclass(frozen=True, slots=True)
class _Reckoned:
    """What a wish costs and brings, as it is compared between showing and doing."""

    currency: str
    due_now: int
    next_amount: int
    next_at: datetime | None
    lines: tuple[InvoiceLine, ...]
    credits: CreditChange


def quote(
    user_id: str,
    price_id: str,
    *,
    quantity: int | None = None,
    timing: Timing | None = None,
    locale: str = "en",
    by: str = "",
) -> QuoteView:
    """What changing to this price and quantity (None: as now) costs, asked of the provider and kept to be agreed to.

    `timing` None is the natural one: `now` for steps up and inside a trial, `period_end` for steps down. `by` is the id
    of an admin, who alone may step down at once. Raises NoSubscription, PriceUnknown, PriceNotReady, CurrencyLocked,
    SamePlan, DowngradeLater, ChangeWaiting, SubscriptionEnding, SeatsInUse, NotInThisState, NotOffered, InvalidAmount,
    ProviderTrouble.
    """
    wish = _allowed(user_id, price_id, quantity, timing, is_admin=bool(by))
    state = registry.get(wish.held.provider).retrieve_subscription(wish.held.provider_subscription_id)
    if state.has_pending_change:
        raise ChangeWaiting
    found = _reckon(wish, state)
    now = real_now()
    row = QuoteRow(
        user_id=user_id,
        subscription_id=wish.held.id,
        price_id=wish.price.id,
        quantity=wish.quantity,
        timing=wish.timing,
        proration_at=wish.at,
        currency=found.currency,
        due_now_minor=found.due_now,
        next_amount_minor=found.next_amount,
        next_at=found.next_at,
        credits_now=found.credits.gives,
        is_exact=_is_exact(wish),
        created_at=now,
        expires_at=now + QUOTE_LIFE,
    )
    with transaction() as session:
        quotes.add(session, row)
        if by:
            about = f"subscription:{wish.held.id}"
            audit.append(session, actor_id=by, action="subscription.quote", subject=about, at=now)
    return _view(row, wish, found, locale)


def agree(user_id: str, quote_id: str) -> Agreed:
    """Carry out what a quote said, or refuse it when it no longer holds.

    The same quote agreed to again (a double click, an answer that got lost) finds the first one's result. Raises
    NotFound, StaleQuote, ChangeWaiting, ProviderRefused, ProviderTrouble (then agree again: nothing happens twice).
    """
    row, wish = _kept_wish(user_id, quote_id)
    provider = registry.get(wish.held.provider)
    state = provider.retrieve_subscription(wish.held.provider_subscription_id)
    is_repeated = row.status == quotes.ACCEPTED
    if is_repeated and _is_there(wish, state):
        sync(wish.held.provider, wish.held.provider_subscription_id)
        return Agreed("done" if wish.timing == "now" else "scheduled")
    is_under_way = is_repeated and (state.has_pending_change or state.schedule_id is not None)
    if not is_under_way:
        try:
            _refuse_what_differs(row, wish, state)
        except NestpayError:
            if not is_repeated and _kept_wish(user_id, quote_id)[0].status == quotes.ACCEPTED:
                return agree(user_id, quote_id)  # the other click was faster, and what it changed is the difference
            raise
        with transaction() as session:
            quotes.settle(session, row.id, quotes.ACCEPTED)
        wish = replace(wish, held=free_of_schedule(wish.held))
    try:
        return _carry_out(row, wish, _request(wish, state))
    except ProviderRefused:
        with transaction() as session:
            quotes.settle(session, row.id, quotes.REFUSED)
        raise


def unschedule(user_id: str) -> None:
    """Take a scheduled change back. Raises NoSubscription, NotInThisState when none is scheduled, ProviderTrouble."""
    held = held_by(user_id)
    if held.provider_schedule_id is None:
        raise NotInThisState
    free_of_schedule(held)


def _carry_out(row: QuoteRow, wish: _Wish, request: ChangeRequest) -> Agreed:
    """Call the provider under the quote's own key, and write what came of it."""
    key, held = f"change:{row.id}", wish.held
    if wish.timing == "now":
        changed = act(held, lambda provider: provider.change(request, idempotency_key=key))
        return Agreed("action_required", changed.url) if changed.is_pending else Agreed("done")

    def remember(session: Session) -> None:
        store.note(
            session,
            held.id,
            scheduled_price_id=wish.price.id,
            scheduled_quantity=wish.quantity,
            scheduled_at=held.current_period_end,
        )

    act(held, lambda provider: provider.schedule_change(request, idempotency_key=key), remember)
    return Agreed("scheduled")


def _allowed(user_id: str, price_id: str, quantity: int | None, timing: Timing | None, *, is_admin: bool) -> _Wish:
    """The wish, when no rule is against it."""
    with reading() as session:
        price = next(iter(plans.price_rows(session, [price_id])), None)
        if price is None or not price.active or price.type is not PriceType.RECURRING:
            raise PriceUnknown(provider="", price=price_id)
    held = held_by(user_id, price.sales_group)
    with reading() as session:
        held_price = next(iter(plans.price_rows(session, [held.price_id or ""])), None)
        seated = seats.in_use(session, held.id)
    quantity = held.quantity if quantity is None else quantity
    _refuse_prices(held, held_price, price, quantity)
    _refuse_states(held)
    if quantity < seated:
        raise SeatsInUse(held=seated)
    assert held_price is not None
    up = is_upgrade(terms_of(held_price, held.quantity), terms_of(price, quantity))
    is_trialing = held.status is SubscriptionStatus.TRIALING
    natural: Timing = "now" if up or is_trialing else "period_end"
    chosen = natural if timing is None or is_trialing else timing
    if chosen == "now" and natural != "now" and not is_admin:
        raise DowngradeLater
    if chosen == "period_end" and Capability.SCHEDULE not in registry.get(held.provider).capabilities:
        raise NotOffered
    return _Wish(held, held_price, price, quantity, chosen, billing_now().replace(microsecond=0))


def _refuse_prices(held: Subscription, held_price: PriceRow | None, price: PriceRow, quantity: int) -> None:
    if held_price is None or price.provider != held.provider:
        raise PriceUnknown(provider=held.provider, price=price.id)
    if not price.provider_price_id:
        raise PriceNotReady
    if price.currency != held_price.currency:
        raise CurrencyLocked(currency=held_price.currency.upper())
    if not 1 <= quantity <= MOST_SEATS:
        raise InvalidAmount
    if (price.id, quantity) == (held.price_id, held.quantity):
        raise SamePlan
    if quantity > 1 and Capability.QUANTITY not in registry.get(held.provider).capabilities:
        raise NotOffered


def _refuse_states(held: Subscription) -> None:
    if held.status not in _CHANGEABLE:
        raise NotInThisState
    if held.cancels_at:
        raise SubscriptionEnding
    if held.scheduled_price_id:
        raise ChangeWaiting


def _reckon(wish: _Wish, state: SubscriptionState) -> _Reckoned:
    """Ask what the wish costs, or estimate it where the provider cannot tell."""
    preview = (
        registry.get(wish.held.provider).preview_change(_request(wish, state)) if _is_exact(wish) else _estimated(wish)
    )
    if wish.timing == "period_end":
        nothing = CreditChange(CreditMove.NOTHING)
        return _Reckoned(preview.currency, 0, preview.next_amount, wish.held.current_period_end, (), nothing)
    own = {price.provider_price_id: price for price in (wish.held_price, wish.price)}
    lines = [credit_line(line, own.get(line.provider_price_id)) for line in preview.lines]
    new_period = max((line.end for line in lines if not line.proration and line.amount > 0), default=None)
    return _Reckoned(
        currency=preview.currency,
        due_now=preview.due_now,
        next_amount=preview.next_amount,
        next_at=new_period or wish.held.current_period_end,
        lines=preview.lines,
        credits=credits_on_change(lines, wish.price.benefits.change_credits),
    )


def _is_exact(wish: _Wish) -> bool:
    return Capability.PREVIEW in registry.get(wish.held.provider).capabilities


def _estimated(wish: _Wish) -> Preview:
    held, old, new = wish.held, wish.held_price, wish.price
    start, end = held.current_period_start, held.current_period_end
    next_amount = new.amount_minor * wish.quantity
    if wish.is_trialing or start is None or end is None:
        return Preview(new.currency, 0, (), next_amount)
    before, after = terms_of(old, held.quantity), terms_of(new, wish.quantity)
    keeps_period = Capability.KEEP_PERIOD in registry.get(held.provider).capabilities
    found = estimate(before, after, start=start, end=end, at=wish.at, keeps_period=keeps_period)
    is_new_period = not keeps_period or before.months != after.months
    lines = (
        _line(old, held.quantity, -found.given_back, wish.at, end, proration=True),
        _line(new, wish.quantity, found.charged, wish.at, found.ends_at, proration=not is_new_period),
    )
    return Preview(new.currency, max(0, found.due), lines, next_amount)


def _line(
    price: PriceRow, quantity: int, amount: int, start: datetime, end: datetime, *, proration: bool
) -> InvoiceLine:
    product = price.provider_product_id
    return InvoiceLine(price.provider_price_id, product, quantity, amount, proration, start, end, price.plan_title)


def _request(wish: _Wish, state: SubscriptionState) -> ChangeRequest:
    return ChangeRequest(
        subscription_id=wish.held.provider_subscription_id,
        item_id=state.item_id or "",
        provider_price_id=wish.price.provider_price_id or "",
        quantity=wish.quantity,
        interval=wish.price.interval,
        interval_count=wish.price.interval_count,
        at=wish.at,
        is_trialing=wish.is_trialing,
    )


def _kept_wish(user_id: str, quote_id: str) -> tuple[QuoteRow, _Wish]:
    """The quote, and the wish it stands for. Raises NotFound, and StaleQuote when it is too old to be carried out."""
    with reading() as session:
        row = quotes.of_user(session, user_id, quote_id)
        if row is None:
            raise NotFound
        price = next(iter(plans.price_rows(session, [row.price_id])), None)
    now = real_now()
    is_over = now >= row.expires_at if row.status == quotes.OPEN else now >= row.created_at + KEY_LIFE
    if row.status == quotes.REFUSED or is_over or price is None:
        raise StaleQuote
    held = held_by(user_id, price.sales_group)
    with reading() as session:
        held_price = next(iter(plans.price_rows(session, [held.price_id or ""])), None)
    if held.id != row.subscription_id or held_price is None:
        raise StaleQuote
    timing: Timing = "now" if row.timing == "now" else "period_end"
    return row, _Wish(held, held_price, price, row.quantity, timing, row.proration_at)


def _is_there(wish: _Wish, state: SubscriptionState) -> bool:
    """Whether an earlier try has done it already."""
    if wish.timing == "now":
        return (state.provider_price_id, state.quantity) == (wish.price.provider_price_id, wish.quantity)
    known = (wish.held.scheduled_price_id, wish.held.scheduled_quantity)
    return state.schedule_id is not None and known == (wish.price.id, wish.quantity)


def _refuse_what_differs(row: QuoteRow, wish: _Wish, state: SubscriptionState) -> None:
    """Preview once more with the quote's instant. Raises StaleQuote when anything is not as it was shown."""
    if state.has_pending_change:
        raise ChangeWaiting
    found = None if state.cancels_at or not wish.price.active else _reckon(wish, state)
    shown = (row.currency, row.due_now_minor, row.next_amount_minor, row.credits_now)
    if found is None or shown != (found.currency, found.due_now, found.next_amount, found.credits.gives):
        with transaction() as session:
            quotes.settle(session, row.id, quotes.REFUSED)
        raise StaleQuote


def _view(row: QuoteRow, wish: _Wish, found: _Reckoned, locale: str) -> QuoteView:
    def text(minor: int) -> str:
        return Money(minor, found.currency).full_text(locale)

    given_back = -sum(line.amount for line in found.lines if line.amount < 0)
    return QuoteView(
        id=row.id,
        plan_title=wish.price.title_in(locale),
        interval=wish.price.interval,
        quantity=wish.quantity,
        timing=wish.timing,
        due_now_text=text(found.due_now),
        due_now_minor=found.due_now,
        credit_text=text(given_back) if given_back else "",
        next_amount_text=text(found.next_amount),
        next_at=found.next_at,
        credits_now=found.credits.gives,
        credits_rule=found.credits.rule(wish.price.benefits.change_credits),
        is_exact=row.is_exact,
        expires_at=row.expires_at,
        lines=tuple(shown(line, (wish.held_price, wish.price), text(line.amount), locale) for line in found.lines),
    )

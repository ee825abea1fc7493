"""Checkout: from a button to the provider's payment page, once per intent; and what became of it afterwards."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlmodel import Session

from nestpay.billing import inbox, throttle, trials
from nestpay.billing.clock import real_now
from nestpay.domain.errors import (
    AlreadyBought,
    AlreadySubscribed,
    CurrencyLocked,
    NotFound,
    PriceNotReady,
    ProviderMissing,
    ProviderRefused,
    ProviderTrouble,
)
from nestpay.domain.money import Money
from nestpay.domain.orders import Order, OrderStatus, OrderType
from nestpay.domain.plans import PriceRow, PriceType
from nestpay.domain.subscriptions import LIVE, SUCCESSOR_OF, SubscriptionStatus
from nestpay.providers import registry
from nestpay.providers.base import Checkout, CheckoutRequest, Returned
from nestpay.settings import DEFAULT_LOCALE, get_settings
from nestpay.store import ledger, plans, subscriptions, users
from nestpay.store import orders as store
from nestpay.store.columns import new_id
from nestpay.store.session import reading, transaction
from nestpay.store.tables import UserRow

log = structlog.get_logger(__name__)

SESSION_LIFE = timedelta(hours=23)
"""A payment page lives 24 hours at Stripe; an older order is not offered again."""


@dataclass(frozen=True, slots=True)
class Started:
    """Where to send the customer, and the order that waits for them."""

    url: str
    order_id: str


@dataclass(frozen=True, slots=True)
class Moving:
    """A checkout that takes over from a running subscription (our id), which is paid for so many days more."""

    subscription_id: str
    days_left: int


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What became of a checkout: `confirming`, `paid`, `failed` or `expired`. Credits are those the order granted."""

    state: str
    plan_title: str
    description: str
    amount_text: str
    credits: int
    credits_pending: bool
    order_id: str
    interval: str
    sells: str = ""
    """What was paid for, by kind and slug, as PriceRow has it."""


@dataclass(frozen=True, slots=True)
class _Intent:
    """An order that is stored, and everything that is needed to open its payment page."""

    order: Order
    price: PriceRow
    user: UserRow
    customer_id: str | None
    rivals: tuple[Order, ...]
    trial_days: int = 0
    moving: Moving | None = None


def start(
    user_id: str, price_id: str, *, locale: str = "en", ip: str = "", quantity: int = 1, moving: Moving | None = None
) -> Started:
    """Open the payment page for one price, or return to the one that is open already.

    The order is stored first and names the provider's idempotency key, so a double click or a crash leads to the same
    page. Raises NotFound, PriceNotReady, AlreadyBought, AlreadySubscribed, CurrencyLocked, RateLimited, ProviderTrouble.
    """
    throttle.check("checkout", user_id, ip)
    _refuse_nonsense(price_id)
    intent = _intend(user_id, price_id, quantity, moving)
    if intent.order.provider_session_id:
        started = _reopen(intent, locale)
        if started:
            return started
        intent = _intend(user_id, price_id, quantity, moving)
    try:
        _refuse_second_subscription(intent)
    except AlreadySubscribed:
        _give_up(intent.order)
        raise
    customer_id = intent.customer_id or _make_customer(intent.user, intent.price.provider)
    try:
        page = _open_page(intent, customer_id, locale)
    except ProviderMissing as missing:
        if missing.param != "customer":
            raise
        page = _open_page(intent, _replace_customer(intent), locale)
    with transaction() as session:
        store.attach_checkout(
            session,
            intent.order.id,
            session_id=page.session_id,
            url=page.url,
            expires_at=page.expires_at,
            now=real_now(),
        )
    return Started(page.url, intent.order.id)


def returned(query: Mapping[str, str]) -> Returned:
    """The checkout that the address names to which a customer came back; with an empty id when it names none.

    What a provider signs there is checked, and only decides whether it is worth asking; nothing is granted for it.
    """
    for name in registry.names():
        if found := registry.get(name).read_return(query):
            if not found.may_be_asked:
                log.warning("checkout.unsigned_return", provider=name, session_id=found.session_id)
            return found
    return Returned("", may_be_asked=False)


def confirm(user_id: str, session_id: str, *, locale: str = "en", ask_provider: bool = False) -> Confirmation:
    """What became of the user's own checkout session.

    With `ask_provider` an order that still waits is looked up there, and what that proves goes to the same handlers as
    a webhook. Raises NotFound for a session that is unknown or somebody else's, RateLimited.
    """
    order = _own_order(user_id, session_id)
    if ask_provider and order.status is OrderStatus.PENDING:
        throttle.check("confirm", user_id)
        _ask_provider(order)
        order = _own_order(user_id, session_id)
    return _confirmation(order, locale)


def _refuse_nonsense(given_id: str) -> None:
    """No database can look for every text that an address bar can hold."""
    if not given_id.isascii() or not given_id.isprintable():
        raise NotFound


def _own_order(user_id: str, session_id: str) -> Order:
    _refuse_nonsense(session_id)
    with reading() as session:
        order = store.of_session(session, user_id, session_id)
    if order is None:
        raise NotFound
    return order


def _ask_provider(order: Order) -> None:
    try:
        page = registry.get(order.provider).retrieve_checkout(order.provider_session_id or "")
    except ProviderTrouble as trouble:
        log.warning("checkout.ask_failed", order_id=order.id, error=str(trouble))
        return
    inbox.apply(page.facts)


def _confirmation(order: Order, locale: str) -> Confirmation:
    with reading() as session:
        found = plans.price_rows(session, [order.price_id] if order.price_id else [])
    price = found[0] if found else None
    state = {OrderStatus.PENDING: "confirming", OrderStatus.FAILED: "failed", OrderStatus.CANCELED: "expired"}
    return Confirmation(
        state=state.get(order.status, "paid"),
        plan_title=price.title_in(locale) if price else order.description,
        description=price.titled(order.description, locale) if price else order.description,
        amount_text=Money(order.amount_total, order.currency).full_text(locale),
        credits=int(order.granted.get("credits", 0)),
        credits_pending=not order.is_paid,
        order_id=order.id,
        interval=price.interval if price else "once",
        sells=price.sells if price else "",
    )


def _intend(user_id: str, price_id: str, quantity: int, moving: Moving | None) -> _Intent:
    """Find the user's waiting order for this price, or store a new one. The user's row lock makes two clicks one."""
    now = real_now()
    with transaction() as session:
        ledger.lock(session, user_id)
        user = users.by_id(session, user_id)
        price = next(iter(plans.price_rows(session, [price_id])), None)
        if user is None or price is None or not price.active:
            raise NotFound
        if price.provider not in registry.names() or not price.provider_price_id:
            raise PriceNotReady
        customer = subscriptions.customer_of(session, user_id, price.provider)
        _refuse_what_we_know(session, user_id, price, customer[1] if customer else "", moving)
        waiting = store.pending_of(session, user_id, now - SESSION_LIFE)
        known = next((each for each in waiting if _is_same(each, price, quantity)), None)
        order = known or _new_order(user_id, price, quantity, now)
        if known is None:
            store.add(session, order)
        trial_days = (
            moving.days_left if moving else trials.claim(session, user, price, order, is_new=known is None, now=now)
        )
    rivals = tuple(each for each in waiting if each.id != order.id and _is_rival(each, price))
    return _Intent(order, price, user, customer[0] if customer else None, rivals, trial_days, moving)


def _refuse_what_we_know(
    session: Session, user_id: str, price: PriceRow, billed_in: str, moving: Moving | None
) -> None:
    if price.sells.startswith("article:") and price.id in store.bought_prices(session, user_id):
        raise AlreadyBought(title=price.plan_title)
    if price.type is not PriceType.RECURRING:
        return
    if billed_in and billed_in != price.currency:
        raise CurrencyLocked(currency=billed_in.upper())
    live = subscriptions.live_in_group(subscriptions.of_user(session, user_id), price.sales_group)
    if live and not (moving and live.id == moving.subscription_id):
        held = next(iter(plans.price_rows(session, [live.price_id or ""])), None)
        raise AlreadySubscribed(plan=held.plan_title if held else price.plan_title)


def _is_same(order: Order, price: PriceRow, quantity: int) -> bool:
    return order.price_id == price.id and order.quantity == quantity and order.provider == price.provider


def _is_rival(order: Order, price: PriceRow) -> bool:
    """Another open payment page that would lead to a second subscription. A plan's and a space's are no rivals."""
    is_same_kind = (order.plan_id is None) == (price.plan_id is None)
    return price.type is PriceType.RECURRING and order.type is OrderType.SUBSCRIPTION_INITIAL and is_same_kind


def _new_order(user_id: str, price: PriceRow, quantity: int, now: datetime) -> Order:
    is_recurring = price.type is PriceType.RECURRING
    return Order(
        id=new_id(),
        user_id=user_id,
        provider=price.provider,
        type=OrderType.SUBSCRIPTION_INITIAL if is_recurring else OrderType.PURCHASE,
        status=OrderStatus.PENDING,
        currency=price.currency,
        price_id=price.id,
        plan_id=price.plan_id,
        quantity=quantity,
        amount_subtotal=price.amount_minor * quantity,
        amount_total=price.amount_minor * quantity,
        provider_product_id=price.provider_product_id,
        provider_price_id=price.provider_price_id,
        description=price.plan_title,
        created_at=now,
        updated_at=now,
    )


def _reopen(intent: _Intent, locale: str) -> Started | None:
    """The page of an order that was started before, if one can still pay there; what else it proves is acted on."""
    try:
        page = registry.get(intent.order.provider).retrieve_checkout(intent.order.provider_session_id or "")
    except ProviderMissing:
        _give_up(intent.order)
        return None
    if page.state == "open":
        return Started(page.url, intent.order.id)
    inbox.apply(page.facts)
    if page.state == "complete":
        return Started(_success_url(locale).replace("{CHECKOUT_SESSION_ID}", page.session_id), intent.order.id)
    _give_up(intent.order)
    return None


def _give_up(order: Order) -> None:
    with transaction() as session:
        store.end_pending(session, order.id, OrderStatus.CANCELED, real_now())


def _refuse_second_subscription(intent: _Intent) -> None:
    """Ask the provider too, and close other open pages: two tabs must not end in two subscriptions. Fails closed."""
    if intent.price.type is not PriceType.RECURRING or intent.customer_id is None:
        return
    provider = registry.get(intent.price.provider)
    for rival in intent.rivals:
        if rival.provider_session_id:
            _close_rival(rival)
    try:
        running = provider.list_subscriptions(intent.customer_id)
    except ProviderMissing:
        return
    live = [state for state in running if state.status in LIVE and state.status != SubscriptionStatus.PENDING]
    with reading() as session:
        prices = plans.price_rows(session, (), [state.provider_price_id or "" for state in live])
    held = next((price for price in prices if price.sales_group == intent.price.sales_group), None)
    if held:
        raise AlreadySubscribed(plan=held.plan_title)


def _close_rival(rival: Order) -> None:
    try:
        registry.get(rival.provider).expire_checkout(rival.provider_session_id or "")
    except ProviderRefused:
        log.info("checkout.rival_not_open", order_id=rival.id)  # paid or expired meanwhile: the list will tell
        return
    except ProviderMissing:
        log.info("checkout.rival_forgotten", order_id=rival.id)
    _give_up(rival)


def _make_customer(user: UserRow, provider: str, attempt: str = "") -> str:
    """Make the user's customer at the provider and remember it; two at once get the same one."""
    key = f"customer:{get_settings().mode}:{user.id}{attempt}"
    customer_id = registry.get(provider).ensure_customer(
        user_id=user.id, email=user.email, name=user.name, idempotency_key=key
    )
    with transaction() as session:
        subscriptions.add_customer(session, user.id, provider, customer_id, real_now())
    return customer_id


def _replace_customer(intent: _Intent) -> str:
    """The provider says the customer is gone: retire our row and make another."""
    with transaction() as session:
        subscriptions.retire_customer(session, intent.user.id, intent.price.provider, real_now())
    return _make_customer(intent.user, intent.price.provider, attempt=f":{intent.order.id}")


def _open_page(intent: _Intent, customer_id: str, locale: str) -> Checkout:
    order, price = intent.order, intent.price
    request = CheckoutRequest(
        order_id=order.id,
        customer_id=customer_id,
        provider_price_id=price.provider_price_id or "",
        type=price.type,
        quantity=order.quantity,
        success_url=_success_url(locale),
        cancel_url=f"{get_settings().site_url}{_prefix(locale)}{_place_of(price)}",
        locale=locale,
        trial_days=intent.trial_days,
        coupon_id=price.coupon_id,
        allow_codes=price.allow_codes,
        metadata={
            "order_id": order.id,
            "user_id": order.user_id,
            "plan_id": price.plan_id or "",
            "price_id": price.id,
            **({SUCCESSOR_OF: intent.moving.subscription_id} if intent.moving else {}),
        },
    )
    return registry.get(price.provider).create_checkout(
        request, idempotency_key=f"checkout:{order.id}:{customer_id}:{locale}"
    )


def _place_of(price: PriceRow) -> str:
    """Where what is sold is shown: back there goes who leaves the payment page."""
    kind, _, slug = price.sells.partition(":")
    return f"{get_settings().pricing_path}/?canceled=1" if kind == "plan" else f"/{kind}/?slug={slug}"


def _success_url(locale: str) -> str:
    return f"{get_settings().site_url}{_prefix(locale)}/payment/success/?session_id={{CHECKOUT_SESSION_ID}}"


def _prefix(locale: str) -> str:
    return "" if locale == DEFAULT_LOCALE else f"/{locale}"

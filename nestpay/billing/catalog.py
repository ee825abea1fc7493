"""What is sold: the cards of the pricing page, the first plans of a new house, and their prices at the provider."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog
from sqlmodel import Session

from nestpay.billing import entitled
from nestpay.billing.clock import billing_now, real_now
from nestpay.billing.plan_rows import fill, write_prices
from nestpay.domain.errors import NotFound, ProviderMissing
from nestpay.domain.money import Money, parse_amount
from nestpay.domain.periods import Interval, months_of
from nestpay.domain.plan_entries import complete, is_safe_link
from nestpay.domain.plan_rules import InvalidPlan, complaints_about
from nestpay.domain.plans import FREE_PROVIDER, Benefits, Feature, PriceType
from nestpay.providers import registry
from nestpay.providers.base import NewPrice
from nestpay.settings import get_settings
from nestpay.store import content as wares
from nestpay.store import plans as store
from nestpay.store.session import reading, transaction
from nestpay.store.tables import PlanRow, PriceRecord, Ware

log = structlog.get_logger(__name__)

CREDITS_GROUP = "credits"
_CATALOGUES = Path(__file__).parent / "catalogues"


@dataclass(frozen=True, slots=True)
class PayBy:
    """The same offer at another provider, whom customers know by `title`."""

    price_id: str
    title: str


@dataclass(frozen=True, slots=True)
class Offer:
    """One way to buy a card's plan. `per_month_price` is what a year comes to by the month, as text, or empty.

    `others` are further ways to pay for the same.
    """

    price_id: str
    interval: str
    display_price: str
    original_price: str
    suffix: str
    button_text: str
    button_link: str
    current: bool
    free: bool
    available: bool
    amount_minor: int
    currency: str
    credits: int
    per_month_price: str
    others: tuple[PayBy, ...] = ()


@dataclass(frozen=True, slots=True)
class PlanCard:
    """A plan as customers see it, in their language."""

    plan_id: str
    key: str
    title: str
    description: str
    highlighted: bool
    highlight_text: str
    features: tuple[Feature, ...]
    offers: tuple[Offer, ...]
    group: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All cards of the pricing page. `version` rises with every edit."""

    version: int
    cards: tuple[PlanCard, ...]
    default_interval: str = Interval.MONTH


def environment() -> str:
    """Which of a plan's two environments this house sells from."""
    return "live" if get_settings().mode == "live" else "test"


def version() -> int:
    """A number that rises with every change of what is sold."""
    with reading() as session:
        return store.catalogue_version(session)


def public_catalogue(locale: str, *, user_id: str | None = None) -> Catalogue:
    """The active plans in `locale`; with a user, the price they hold is marked as current.

    What is not sold any more is shown to those who still have it, in the place of what is sold instead.
    """
    with reading() as session:
        rows = list(store.active_plans(session, environment()))
        held = entitled.held(session, user_id, billing_now()) if user_id else None
        if held and held.plan_id not in {None, *(row.id for row in rows)}:
            rows += [row for row in store.all_plans(session, environment()) if row.id == held.plan_id]
        prices = store.prices_of(session, [row.id for row in rows])
        version = store.catalogue_version(session)
    holds_free = user_id is not None and (held is None or held.provider == FREE_PROVIDER)
    held_price_id = held.price_id if held else None
    cards = []
    for row in rows:
        own = _shown([price for price in prices if price.plan_id == row.id], held_price_id, is_sold=row.active)
        held_at = held.provider if held else ""
        cards.append(card_of(row, own, locale, held_price_id, holds_free=holds_free, held_at=held_at))
    return Catalogue(version, tuple(cards))


def _shown(prices: list[PriceRecord], held_price_id: str | None, *, is_sold: bool) -> list[PriceRecord]:
    """The prices of one plan's card: those that are sold, and the reader's own where it is not sold any more."""
    own = next((price for price in prices if price.id == held_price_id), None)
    is_old = own is not None and not (own.active and is_sold)
    return sorted(
        (
            price
            for price in prices
            if (price is own) or (is_sold and price.active and not (is_old and own and price.interval == own.interval))
        ),
        key=lambda price: price.amount_minor,
    )


def card_of(
    row: PlanRow,
    prices: Sequence[PriceRecord],
    locale: str,
    current_price_id: str | None = None,
    *,
    holds_free: bool = False,
    held_at: str = "",
) -> PlanCard:
    """A plan with these of its prices as a card in `locale`; the price that the reader holds is marked as current.

    Of the same offer at several providers the reader sees that of the one they pay already (`held_at`).
    """
    words = row.translations.get(locale) or {}
    texts = words.get("features") or []
    features = tuple(
        Feature(
            **{
                **feature,
                "text": texts[index] if index < len(texts) and texts[index] else feature["text"],
                "href": feature["href"] if is_safe_link(feature["href"]) else "",
            }
        )
        for index, feature in enumerate(row.features)
    )
    button = words.get("button_text") or row.button_text
    offers = []
    for price, others in _one_of_each(prices, held_at):
        is_free_held = price.provider == FREE_PROVIDER and holds_free
        is_current = price.id == current_price_id or is_free_held
        offer = _offer(row, price, locale, button, is_current=is_current)
        ways = tuple(PayBy(each.id, registry.get(each.provider).title) for each in others)
        offers.append(replace(offer, others=() if is_current else ways))
    return PlanCard(
        plan_id=row.id,
        key=row.key,
        title=words.get("title") or row.title,
        description=words.get("description") or row.description,
        highlighted=row.highlighted,
        highlight_text=words.get("highlight_text") or row.highlight_text,
        features=features,
        offers=tuple(offers),
        group=CREDITS_GROUP if row.sales_group == CREDITS_GROUP else "plans",
    )


def _one_of_each(prices: Sequence[PriceRecord], held_at: str) -> list[tuple[PriceRecord, list[PriceRecord]]]:
    """The prices that are different offers, each with those that only another provider takes the money for."""
    found: dict[tuple[str, int, str], list[PriceRecord]] = {}
    for price in prices:
        found.setdefault((price.interval, price.interval_count, price.currency), []).append(price)
    chosen, places = [], {name: place for place, name in enumerate(registry.names())}
    for alike in found.values():
        live = sorted(
            (price for price in alike if price.provider in places and _is_sold(price)),
            key=lambda price: places[price.provider],
        )
        first = next((price for price in live if price.provider == held_at), None) or (live or alike)[0]
        others = [price for price in live if price.provider not in (first.provider, held_at)]
        chosen.append((first, [] if first.provider == held_at and first.type == PriceType.RECURRING else others))
    return chosen


def _offer(row: PlanRow, price: PriceRecord, locale: str, button: str, *, is_current: bool) -> Offer:
    money = Money(price.amount_minor, price.currency)
    months = months_of(Interval(price.interval), price.interval_count)
    is_free = price.provider == FREE_PROVIDER
    by_month = Money(price.amount_minor // months, price.currency).text(locale) if months > 1 and not is_free else ""
    benefits = Benefits.from_json({**row.benefits, **price.benefits})
    return Offer(
        price_id=price.id,
        interval=price.interval,
        display_price=price.display_price or money.text(locale),
        original_price=_original(price, locale),
        suffix=price.suffix,
        button_text=button,
        button_link=row.button_link if is_safe_link(row.button_link) else "",
        current=is_current,
        free=is_free,
        available=is_free or _is_sold(price),
        amount_minor=price.amount_minor,
        currency=price.currency,
        credits=benefits.credits_at_once(Interval(price.interval)),
        per_month_price=by_month,
    )


def _is_sold(price: PriceRecord) -> bool:
    """Whether the provider knows the price, or soon will, and its copy is still as ours."""
    is_known = price.provider_price_id is not None or get_settings().mode == "sandbox"
    return is_known and not price.provider_state


def _original(price: PriceRecord, locale: str) -> str:
    """The struck-out price: an amount is written the way the locale writes money, any other text is shown as it is."""
    text = price.original_price
    if not text.replace(".", "", 1).isdigit():
        return text
    return parse_amount(text, price.currency).text(locale)


def seed() -> int:
    """Add the plans of the catalogue file that are missing; the others stay as they are. Returns how many came."""
    content = _catalogue_file()
    now = real_now()
    with transaction() as session:
        rows = store.all_plans(session, environment())
        _take_up_configured_ids(session, rows, now)
        known = {row.key for row in rows}
        fresh = [entry for entry in content["plans"] if entry["key"] not in known]
        for order, entry in enumerate(content["plans"]):
            if entry in fresh:
                _add_plan(session, content, entry, order, now)
        if fresh:
            store.raise_catalogue_version(session)
    return len(fresh)


def _take_up_configured_ids(session: Session, rows: Sequence[PlanRow], now: datetime) -> None:
    """A price that has no id at its provider yet gets the one that the settings have meanwhile been given."""
    keys = {row.id: row.key for row in rows}
    for price in store.prices_of(session, keys):
        if price.provider_price_id is None and price.provider != FREE_PROVIDER:
            configured = _configured_price_id(keys[price.thing_id], Interval(price.interval), price.provider)
            if configured:
                store.set_provider_ids(session, price.id, price.provider_product_id, configured, now)


def _catalogue_file() -> dict[str, Any]:
    name = get_settings().plans_file
    path = _CATALOGUES / f"{name}.toml"
    if not path.exists():
        path = Path(name)
    if not path.exists():
        raise NotFound(f"There is no catalogue {name}: name one of nestpay/billing/catalogues or a TOML file.")
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _add_plan(session: Session, content: dict[str, Any], given: dict[str, Any], order: int, now: datetime) -> None:
    prices = at_each_provider(given["prices"], content)
    house = {"currency": content["currency"], "provider": content["provider"], "environment": environment()}
    entry = complete({**given, "prices": prices}, **house, order=order)
    if wrong := complaints_about(entry):
        raise InvalidPlan(wrong)
    for price in entry["prices"]:
        configured = _configured_price_id(entry["key"], Interval(price["interval"]), price["provider"])
        price["price_id"] = price["price_id"] or configured or ""
    row = PlanRow(key=entry["key"], environment=environment(), title="", created_at=now, updated_at=now)
    fill(row, entry)
    session.add(row)
    session.flush()
    write_prices(session, row, entry["prices"], now)


def at_each_provider(prices: Sequence[dict[str, Any]], content: dict[str, Any]) -> list[dict[str, Any]]:
    """The prices as the file writes them, and again for each provider that it names in `also` and that is switched on."""
    also = [name for name in content.get("also", ()) if name in get_settings().providers]
    again = [{**price, "provider": name} for name in also for price in prices if "provider" not in price]
    return [*prices, *again]


def _configured_price_id(plan_key: str, interval: Interval, provider: str) -> str | None:
    """STRIPE_PRO_MONTHLY_PRICE_ID and its three siblings, as the starter's document names them."""
    word = {Interval.MONTH: "monthly", Interval.YEAR: "yearly"}.get(interval, "once")
    return getattr(get_settings(), f"{provider}_{plan_key}_{word}_price_id", "") or None


def provision_prices() -> int:
    """Make the prices that their provider does not know, and again those it forgot. Returns how many were made.

    For houses whose provider holds nothing of their own yet: the sandbox at each start, and `python -m nestpay
    provision` before going live. Raises ProviderTrouble.
    """
    with reading() as session:
        rows: dict[str, PlanRow | Ware] = {row.id: row for row in store.all_plans(session, environment())}
        of_wares = wares.every_price(session)
        rows |= {ware.id: ware for ware in wares.wares_of(session, of_wares)}
        prices = [
            price
            for price in (*store.prices_of(session, rows), *of_wares)
            if price.active and price.provider in registry.names()
        ]
    products: dict[tuple[str, str], str] = {}
    made = 0
    for price in prices:
        key = (price.provider, price.thing_id)
        if _is_known(price):
            products[key] = price.provider_product_id or products.get(key, "")
            continue
        products[key] = make_price(price, rows[price.thing_id], products.get(key))
        made += 1
    log.info("catalogue.provisioned", made=made, known=len(prices) - made)
    return made


def _is_known(price: PriceRecord) -> bool:
    if price.provider_price_id is None:
        return False
    try:
        registry.get(price.provider).verify_price(price.provider_price_id)
    except ProviderMissing:
        return False
    return True


def make_price(price: PriceRecord, plan: PlanRow | Ware, product_id: str | None) -> str:
    """Make one price at its provider, once, and remember its ids; `plan` is what it is a price of.

    Returns the product's id. Raises ProviderTrouble.
    """
    wish = NewPrice(
        provider_product_id=product_id,
        plan_id=plan.id,
        plan_key=plan.key if isinstance(plan, PlanRow) else plan.slug,
        plan_title=plan.title,
        type=PriceType(price.type),
        interval=Interval(price.interval),
        interval_count=price.interval_count,
        currency=price.currency,
        amount_minor=price.amount_minor,
    )
    sold_as = f"{price.currency}{price.amount_minor}/{price.interval_count}{price.interval}"
    key = f"price:{price.id}:{sold_as}"
    made = registry.get(price.provider).create_price(wish, idempotency_key=key)
    with transaction() as session:
        store.set_provider_ids(session, price.id, made.product_id, made.price_id, real_now())
        store.raise_catalogue_version(session)  # it can be bought now
    return made.product_id

"""Prices where money moves: is what an entry says true there, and make there what is not there yet."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import structlog

from nestpay.billing import catalog
from nestpay.billing.clock import real_now
from nestpay.billing.plan_rows import Retired
from nestpay.domain.errors import NotFound, ProviderMissing, ProviderTrouble
from nestpay.domain.money import Money, parse_amount
from nestpay.domain.plan_entries import Entry, amount_text, is_free
from nestpay.domain.plan_rules import Complaint, InvalidPlan, Wrong
from nestpay.providers import registry
from nestpay.providers.base import Coupon, ProviderPrice
from nestpay.store import audit, plan_edits
from nestpay.store.session import reading, transaction

log = structlog.get_logger(__name__)


def names() -> tuple[str, ...]:
    """The providers that are switched on."""
    return registry.names()


@dataclass(frozen=True, slots=True)
class CouponChoice:
    """A coupon that a price may be sold with: so many percent off, or an amount."""

    coupon_id: str
    name: str
    percent: str
    amount: Money | None


def coupons(provider: str) -> list[CouponChoice]:
    """The coupons of a provider that can be used now. Raises NotFound (not switched on), ProviderTrouble."""
    return [_choice(coupon) for coupon in registry.get(provider).list_coupons() if coupon.is_usable]


def _choice(coupon: Coupon) -> CouponChoice:
    amount = Money(coupon.amount_minor, coupon.currency) if coupon.currency else None
    return CouponChoice(coupon.coupon_id, coupon.name, coupon.percent, amount)


def check(price: Entry, environment: str) -> Entry:
    """A price of an entry with what the provider says of it: type, interval, amount and product.

    Raises InvalidPlan when it is another environment's, in another currency, archived or unknown; ProviderTrouble.
    """
    found, complaint = _ask(price, environment)
    wrong = [complaint] if complaint else []
    if found is not None and found.currency != price["currency"]:
        wrong.append(Complaint("currency", Wrong.OTHER_CURRENCY, {"currency": found.currency}))
    if found is None or wrong:
        raise InvalidPlan(tuple(wrong))
    return {
        **price,
        "product_id": found.product_id,
        "type": found.type.value,
        "interval": found.interval.value,
        "interval_count": found.interval_count,
        "amount": amount_text(str(Money(found.amount_minor, found.currency).decimal), found.currency),
    }


def complaints_about(price: Entry, environment: str, at: str) -> Iterator[Complaint]:
    """What the provider says against a price that is about to be saved under an id. Raises ProviderTrouble."""
    found, complaint = _ask(price, environment)
    if complaint is not None:
        yield Complaint(f"{at}{complaint.where}", complaint.wrong, complaint.values)
    if found is None:
        return
    if found.currency != price["currency"]:
        yield Complaint(f"{at}currency", Wrong.OTHER_CURRENCY, {"currency": found.currency})
    elif found.amount_minor != parse_amount(str(price["amount"]), price["currency"]).amount_minor:
        theirs = amount_text(str(Money(found.amount_minor, found.currency).decimal), found.currency)
        yield Complaint(f"{at}amount", Wrong.OTHER_AMOUNT, {"amount": theirs})
    if (found.interval.value, found.interval_count) != (price["interval"], price["interval_count"]):
        yield Complaint(f"{at}interval", Wrong.OTHER_INTERVAL, {"interval": found.interval.value})


def about_coupon(price: Entry, at: str) -> Iterator[Complaint]:
    """Whether a coupon that is about to be saved cannot be used. Raises ProviderTrouble."""
    try:
        provider = registry.get(price["provider"])
    except NotFound:
        yield Complaint(f"{at}provider", Wrong.PROVIDER_OFF)
        return
    if not provider.verify_coupon(price["coupon"]):
        yield Complaint(f"{at}coupon", Wrong.COUPON_ENDED)


def _ask(price: Entry, environment: str) -> tuple[ProviderPrice | None, Complaint | None]:
    """The provider's price, and what is wrong with it apart from what it costs."""
    if not price["price_id"]:
        return None, Complaint("price_id", Wrong.REQUIRED)
    try:
        found = registry.get(price["provider"]).verify_price(price["price_id"])
    except NotFound:
        return None, Complaint("provider", Wrong.PROVIDER_OFF)
    except ProviderMissing:
        known = {"provider": price["provider"].title(), "environment": environment}
        return None, Complaint("price_id", Wrong.PRICE_UNKNOWN, known)
    if found.is_live != (environment == "live"):
        theirs = {"environment": "live" if found.is_live else "test"}
        return found, Complaint("price_id", Wrong.OTHER_ENVIRONMENT, theirs)
    return found, None if found.active else Complaint("price_id", Wrong.PRICE_INACTIVE)


def make(plan_id: str, *, by: str, ip: str = "") -> int:
    """Make the plan's product and prices at their providers, those that are not known there. Returns how many.

    Doing it twice makes nothing twice. Raises NotFound, ProviderTrouble; what was made until then is kept.
    """
    with reading() as session:
        row = plan_edits.plan(session, plan_id)
        prices = plan_edits.active_prices(session, [plan_id])
    if row is None:
        raise NotFound
    products = {price.provider: price.provider_product_id for price in prices if price.provider_product_id}
    missing = [
        price for price in prices if price.provider_price_id is None and not is_free({"provider": price.provider})
    ]
    for price in missing:
        products[price.provider] = catalog.make_price(price, row, products.get(price.provider))
        with transaction() as session:
            audit.append(
                session,
                at=real_now(),
                actor_id=by,
                action="price.make",
                subject=f"plan:{plan_id}",
                after={"price": price.id, "provider": price.provider},
                ip=ip,
            )
    return len(missing)


def archive(retired: Iterable[Retired]) -> bool:
    """End the sale of replaced prices at their providers too. Returns whether all of it worked: if not, they are only
    not offered here."""
    worked = True
    for price in retired:
        if price.provider_price_id:
            worked = _archived(price.provider, price.provider_price_id) and worked
    return worked


def _archived(provider: str, provider_price_id: str) -> bool:
    try:
        registry.get(provider).archive_price(provider_price_id)
    except (ProviderTrouble, NotFound) as error:
        log.warning("plan.price_not_archived", price=provider_price_id, error=str(error))
        return False
    return True

"""Plans between their two forms: the entry that people edit, and the rows that are stored."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from nestpay.domain.errors import InvalidAmount
from nestpay.domain.money import Money, parse_amount
from nestpay.domain.plan_entries import BLANK_FEATURE, Entry, amount_text, kind_of
from nestpay.domain.plan_rules import about_benefits
from nestpay.store import plan_edits as store
from nestpay.store.tables import PlanRow, PriceRecord

_AS_TYPED = (
    "environment",
    "title",
    "description",
    "highlighted",
    "highlight_text",
    "button_text",
    "button_link",
    "translations",
    "benefits",
    "active",
)


@dataclass(frozen=True, slots=True)
class Retired:
    """A price that is not sold any more: its id here, and where and under which id the provider knows it."""

    price_id: str
    provider: str
    provider_price_id: str | None


def entry_of(row: PlanRow, prices: Iterable[PriceRecord]) -> Entry:
    """A stored plan as an entry, with those of its prices that are sold."""
    return {
        "key": row.key,
        **{name: getattr(row, name) for name in _AS_TYPED},
        "group": row.sales_group,
        "order": row.display_order,
        "trial_days": row.trial_days,
        "features": [{**BLANK_FEATURE, **line} for line in row.features],
        "prices": [_price_entry(price) for price in prices if price.active],
    }


def _price_entry(price: PriceRecord) -> Entry:
    return {
        "id": price.id,
        "provider": price.provider,
        "price_id": price.provider_price_id or "",
        "product_id": price.provider_product_id or "",
        "type": str(price.type),
        "interval": str(price.interval),
        "interval_count": price.interval_count,
        "currency": price.currency,
        "amount": amount_text(str(Money(price.amount_minor, price.currency).decimal), price.currency),
        "display": price.display_price,
        "original": price.original_price,
        "suffix": price.suffix,
        "coupon": price.coupon_id,
        "allow_codes": price.allow_codes,
        "benefits": price.benefits,
    }


def fill(row: PlanRow, entry: Entry) -> None:
    """Put what an entry says of the plan itself into its row."""
    for name in _AS_TYPED:
        setattr(row, name, entry[name])
    row.sales_group, row.display_order, row.trial_days = entry["group"], entry["order"], entry["trial_days"]
    row.features = entry["features"]


def draft(entry: Entry, now: datetime) -> tuple[PlanRow, list[PriceRecord]]:
    """Rows that are not stored, for a picture of an entry that may still be wrong: what cannot be shown is left out."""
    row = PlanRow(key=entry["key"], environment=entry["environment"], title="", created_at=now, updated_at=now)
    whole = entry | {"trial_days": 0, "order": 0, "benefits": _sound(entry["benefits"])}
    fill(row, whole)
    prices = []
    for each in entry["prices"]:
        try:
            price = _new_price(row.id, each | {"benefits": _sound(each["benefits"]), "interval_count": 1}, now)
        except InvalidAmount:
            continue
        price.interval_count = each["interval_count"] if isinstance(each["interval_count"], int) else 1
        prices.append(price)
    return row, prices


def _sound(benefits: Any) -> dict[str, Any]:
    return benefits if not any(about_benefits(benefits)) else {}


def write_prices(session: Session, row: PlanRow, wanted: Sequence[Entry], now: datetime) -> list[Retired]:
    """Make the plan's prices those of an entry, and say which are not sold any more.

    What a price costs never changes once a provider knows it or somebody ordered it: another row takes its place.
    """
    there = list(store.active_prices(session, [row.id]))
    pairs = [(each, _same(there, each)) for each in wanted]
    kept = {old.id for _, old in pairs if old is not None}
    retired = [_retire(session, old, now) for old in there if old.id not in kept]
    fresh = []
    for each, old in pairs:
        if old is None:
            fresh.append(_new_price(row.id, each, now))
        elif is_as_sold(old, each):
            _fill_price(old, each, now)
        else:
            product = old.provider_product_id if old.provider == each["provider"] else None
            known = each["price_id"] if each["price_id"] != (old.provider_price_id or "") else ""
            fresh.append(_new_price(row.id, {"product_id": product or "", **each, "price_id": known}, now))
            retired.append(_retire(session, old, now))
    session.flush()  # the old ones first: of each kind only one may be sold
    session.add_all(fresh)
    session.flush()
    return [each for each in retired if each is not None]


def _same(there: Sequence[PriceRecord], each: Mapping[str, Any]) -> PriceRecord | None:
    """The stored price that an entry's price means: by its id, else by its kind."""
    by_id = next((price for price in there if price.id == each["id"]), None)
    return by_id or next((price for price in there if _kind(price) == kind_of(each)), None)


def _kind(price: PriceRecord) -> tuple[str, ...]:
    return (price.provider, str(price.interval), str(price.interval_count), price.currency)


def is_as_sold(old: PriceRecord, each: Mapping[str, Any]) -> bool:
    """Whether an entry's price is still what the stored one is sold as: same kind, same amount, same id there."""
    amount = parse_amount(str(each["amount"]), str(each["currency"])).amount_minor
    is_same_there = old.provider_price_id in (None, each["price_id"])
    return (*_kind(old), old.amount_minor, str(old.type)) == (*kind_of(each), amount, each["type"]) and is_same_there


def _retire(session: Session, price: PriceRecord, now: datetime) -> Retired | None:
    """End the sale of a price; one that nobody ever saw goes without a trace."""
    if price.provider_price_id is None and not store.is_used(session, price.id):
        session.delete(price)
        return None
    price.active, price.updated_at = False, now
    return Retired(price.id, price.provider, price.provider_price_id)


def _new_price(plan_id: str, each: Mapping[str, Any], now: datetime) -> PriceRecord:
    price = PriceRecord(
        plan_id=plan_id,
        provider=each["provider"],
        provider_product_id=each["product_id"] or None,
        type=each["type"],
        interval=each["interval"],
        interval_count=each["interval_count"],
        currency=each["currency"],
        amount_minor=parse_amount(str(each["amount"]), str(each["currency"])).amount_minor,
        created_at=now,
        updated_at=now,
    )
    _fill_price(price, each, now)
    return price


def _fill_price(price: PriceRecord, each: Mapping[str, Any], now: datetime) -> None:
    if price.provider_price_id is None:
        price.provider_price_id = each["price_id"] or None
    price.provider_product_id = each["product_id"] or price.provider_product_id
    price.display_price, price.original_price, price.suffix = each["display"], each["original"], each["suffix"]
    if price.coupon_id != each["coupon"]:
        # Another coupon was checked before it was stored, so what was said of the old one is no longer so.
        price.coupon_id, price.provider_state = each["coupon"], ""
    price.allow_codes, price.benefits, price.updated_at = each["allow_codes"], each["benefits"], now

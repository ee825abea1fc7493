"""One plan on the editor's desk: read it, say what an edit would mean, save it without losing anybody else's."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from nestpay.billing import catalog, plan_provider
from nestpay.billing.catalog import Catalogue
from nestpay.billing.clock import real_now
from nestpay.billing.plan_rows import Retired, draft, entry_of, fill, is_as_sold, write_prices
from nestpay.domain import plan_entries as entries
from nestpay.domain.errors import InvalidAmount, NotFound, PlanEdited, ProviderTrouble
from nestpay.domain.money import Money, parse_amount
from nestpay.domain.plan_entries import Change, Entry, is_free
from nestpay.domain.plan_rules import Complaint, InvalidPlan, Wrong, complaints_about
from nestpay.settings import get_settings
from nestpay.store import audit
from nestpay.store import plan_edits as store
from nestpay.store import plans as plan_store
from nestpay.store.columns import new_id
from nestpay.store.session import reading, transaction
from nestpay.store.tables import PlanRow, PriceRecord


@dataclass(frozen=True, slots=True)
class PastPrice:
    """A price that is sold no more (minor units of `currency`), and how many live subscriptions still pay it."""

    price_id: str
    provider: str
    provider_price_id: str
    interval: str
    currency: str
    amount_minor: int
    holders: int


@dataclass(frozen=True, slots=True)
class Loaded:
    """A stored plan. `is_fixed` says that its key and environment stay as they are: somebody may rely on them.

    `past` are its prices that are sold no more, those first that most still pay.
    """

    plan_id: str
    version: int
    entry: Entry
    is_archived: bool
    is_fixed: bool
    subscribers: int
    last_editor: str
    past: tuple[PastPrice, ...]


@dataclass(frozen=True, slots=True)
class Saved:
    """What a save came to: `unmade` prices are not known at their provider yet; `trouble` is why, when it failed."""

    plan_id: str
    version: int
    replaced: int
    unmade: int
    trouble: ProviderTrouble | None = None


@dataclass(frozen=True, slots=True)
class OldPrice:
    """A price that an edit ends: what it is (minor units of `currency`), what takes its place (None: nothing), and how
    many live subscriptions go on paying it."""

    interval: str
    currency: str
    amount_minor: int
    new_amount_minor: int | None
    holders: int


@dataclass(frozen=True, slots=True)
class Consequences:
    """What saving an entry would mean for those who have the plan: words of the entry whose change reaches them."""

    subscribers: int
    old_prices: tuple[OldPrice, ...] = ()
    changed: tuple[str, ...] = ()
    leaves_the_shelf: bool = False

    @property
    def are_worth_a_word(self) -> bool:
        """Whether somebody should read this before the edit is saved."""
        return bool(self.old_prices) or bool(self.subscribers and (self.changed or self.leaves_the_shelf))


_REACH_HOLDERS = ("benefits", "trial_days", "group")


def blank() -> Entry:
    """A new plan's entry: for this house's environment and currency, at the end of the shelf."""
    with reading() as session:
        orders = [row.display_order for row in store.every_plan(session)]
    settings = get_settings()
    price = {"interval": "month", "currency": settings.default_currency, "amount": ""}
    return entries.complete(
        {"prices": [price], "features": [{"text": ""}]},
        environment=catalog.environment(),
        order=max(orders, default=-1) + 1,
        active=False,
        currency=settings.default_currency,
        provider=next(iter(plan_provider.names()), "stripe"),
    )


def load(plan_id: str) -> Loaded:
    """A plan as it is stored now. Raises NotFound."""
    with reading() as session:
        row, prices = _rows(session, plan_id)
        holders = store.holders(session, plan_id)
        ever = plan_store.prices_of(session, [plan_id])
        is_known = any(price.provider_price_id for price in ever)
        is_fixed = is_known or store.was_bought(session, plan_id)
        editor = store.last_editor(session, plan_id)
    return Loaded(
        plan_id=row.id,
        version=row.version,
        entry=entry_of(row, prices),
        is_archived=row.archived_at is not None,
        is_fixed=is_fixed,
        subscribers=sum(each.count for each in holders),
        last_editor=editor,
        past=_past(ever, {each.price_id: each.count for each in holders}),
    )


def _past(prices: Sequence[PriceRecord], holders: dict[str, int]) -> tuple[PastPrice, ...]:
    found = [
        PastPrice(
            price_id=price.id,
            provider=price.provider,
            provider_price_id=price.provider_price_id or "",
            interval=price.interval,
            currency=price.currency,
            amount_minor=price.amount_minor,
            holders=holders.get(price.id, 0),
        )
        for price in prices
        if not price.active
    ]
    return tuple(sorted(found, key=lambda price: -price.holders))


def picture(entry: Entry, locale: str) -> Catalogue:
    """A catalogue with this plan alone, as customers would see it in `locale`, whether the entry is right or not."""
    row, prices = draft(entry, real_now())
    cheapest_first = sorted(prices, key=lambda price: price.amount_minor)
    return Catalogue(0, (catalog.card_of(row, cheapest_first, locale),))


def edits_of_others(plan_id: str, base: Entry) -> tuple[Loaded, tuple[Change, ...]]:
    """The plan as it is now, and what is not as it was in `base`. Raises NotFound."""
    now = load(plan_id)
    return now, entries.differences(base, now.entry)


def consequences(plan_id: str, entry: Entry) -> Consequences:
    """What saving this entry would mean for those who have the plan already; nothing for a new plan. Raises NotFound."""
    if not plan_id:
        return Consequences(0)
    with reading() as session:
        row, prices = _rows(session, plan_id)
        holders = {each.price_id: each.count for each in store.holders(session, plan_id)}
    before = entry_of(row, prices)
    changed = tuple(name for name in _REACH_HOLDERS if before[name] != entry[name])
    return Consequences(
        subscribers=sum(holders.values()),
        old_prices=tuple(_old_prices(prices, entry["prices"], holders)),
        changed=changed,
        leaves_the_shelf=row.active and not entry["active"],
    )


def _old_prices(prices: Sequence[PriceRecord], wanted: list[Entry], holders: dict[str, int]) -> Iterator[OldPrice]:
    by_id = {each["id"]: each for each in wanted if each["id"]}
    for price in prices:
        each = by_id.get(price.id)
        try:
            stays = each is not None and is_as_sold(price, each)
            new = None if each is None else parse_amount(str(each["amount"]), str(each["currency"])).amount_minor
        except InvalidAmount:
            continue
        is_sold = price.provider_price_id is not None or price.id in holders
        if is_sold and not stays:
            yield OldPrice(str(price.interval), price.currency, price.amount_minor, new, holders.get(price.id, 0))


def save(entry: Entry, *, plan_id: str = "", version: int = 0, by: str, ip: str = "") -> Saved:
    """Store an entry as the plan `plan_id`, or as a new plan; `version` is the one that the edit began with.

    Prices that others replace are ended, and their successors made at the provider, after the edit is stored: when
    that fails, `trouble` says so and the edit stands. Raises InvalidPlan, PlanEdited, NotFound, ProviderTrouble.
    """
    with reading() as session:
        row, prices = _rows(session, plan_id) if plan_id else (None, [])
        complaints = [*complaints_about(entry), *_clashes(session, row, entry)]
    if row is not None and row.version != version:
        raise PlanEdited
    if not complaints:
        complaints = [*_what_providers_say(prices, entry)]
    if complaints:
        raise InvalidPlan(tuple(complaints))
    row, retired = _store(entry, plan_id, version, by, ip)
    trouble = None
    if retired:
        try:
            plan_provider.make(row.id, by=by, ip=ip)
            plan_provider.archive(retired)
        except ProviderTrouble as error:
            trouble = error
    with reading() as session:
        sold = store.active_prices(session, [row.id])
    unmade = sum(price.provider_price_id is None and not is_free({"provider": price.provider}) for price in sold)
    return Saved(row.id, row.version, len(retired), unmade, trouble)


def _store(entry: Entry, plan_id: str, version: int, by: str, ip: str) -> tuple[PlanRow, list[Retired]]:
    now = real_now()
    with transaction() as session:
        if plan_id:
            row = store.plan(session, plan_id, lock=True)
            if row is None:
                raise NotFound
            if row.version != version:
                raise PlanEdited
            before = entry_of(row, store.active_prices(session, [plan_id]))
            row.version += 1
        else:
            before = {}
            row = PlanRow(key=entry["key"], environment=entry["environment"], title="", created_at=now, updated_at=now)
            row.id = new_id()
        if not plan_id or not _is_fixed(session, plan_id):
            row.key, row.environment = entry["key"], entry["environment"]
        fill(row, entry | {"environment": row.environment})
        row.archived_at, row.updated_at = None if row.active else row.archived_at, now
        session.add(row)
        session.flush()
        retired = write_prices(session, row, entry["prices"], now)
        after = entry_of(row, store.active_prices(session, [row.id]))
        note(session, "plan.edit" if plan_id else "plan.add", row.id, before, after, by=by, ip=ip)
    return row, retired


def note(
    session: Session, action: str, plan_id: str, before: dict[str, Any], after: dict[str, Any], *, by: str, ip: str
) -> None:
    """Write an edit into the audit log, with what differs only, and let the pricing page notice it."""
    changes = entries.differences(before, after)
    audit.append(
        session,
        at=real_now(),
        actor_id=by,
        action=action,
        subject=f"plan:{plan_id}",
        before={change.where: change.before for change in changes if change.before},
        after={change.where: change.after for change in changes},
        ip=ip,
    )
    plan_store.raise_catalogue_version(session)


def _is_fixed(session: Session, plan_id: str) -> bool:
    is_known = any(price.provider_price_id for price in plan_store.prices_of(session, [plan_id]))
    return is_known or store.was_bought(session, plan_id)


def _rows(session: Session, plan_id: str) -> tuple[PlanRow, Sequence[PriceRecord]]:
    row = store.plan(session, plan_id)
    if row is None:
        raise NotFound
    return row, store.active_prices(session, [plan_id])


def _clashes(session: Session, row: PlanRow | None, entry: Entry) -> Iterator[Complaint]:
    """What other plans have against an entry: its key, or the id of one of its prices, is theirs."""
    plan_id = row.id if row else ""
    if store.id_of_key(session, str(entry["key"]), str(entry["environment"])) not in (None, plan_id):
        yield Complaint("key", Wrong.KEY_TAKEN)
    if not isinstance(entry["prices"], list):
        return
    for number, price in enumerate(entry["prices"]):
        if not price["price_id"]:
            continue
        for other in store.prices_known_as(session, price["provider"], price["price_id"]):
            if other.plan_id != plan_id or (not other.active and other.id != price["id"]):
                owner = store.plan(session, other.thing_id)
                title = owner.title if owner else ""
                yield Complaint(f"prices.{number}.price_id", Wrong.PRICE_ID_TAKEN, {"plan": title})


def _what_providers_say(prices: Sequence[PriceRecord], entry: Entry) -> Iterator[Complaint]:
    """Asks about ids and coupons that were not stored before only, so that a provider's bad day stops no other edit."""
    stored = {price.id: price for price in prices}
    for number, price in enumerate(entry["prices"]):
        at, old = f"prices.{number}.", stored.get(price["id"])
        if is_free(price):
            continue
        if price["price_id"] and (old is None or old.provider_price_id != price["price_id"]):
            yield from plan_provider.complaints_about(price, entry["environment"], at)
        if price["coupon"] and (old is None or old.coupon_id != price["coupon"]):
            yield from plan_provider.about_coupon(price, at)


def amount_in_words(price: OldPrice, locale: str) -> tuple[str, str]:
    """What a price was and what takes its place, as money is written in `locale`; "" when nothing does."""
    new = price.new_amount_minor
    return (
        Money(price.amount_minor, price.currency).text(locale),
        Money(new, price.currency).text(locale) if new is not None else "",
    )

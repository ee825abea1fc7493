"""What an admin writes and prices: read it, see it as readers will, and save it without losing anybody else's edit."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlmodel import Session

from nestpay.billing import catalog, downloads, plan_provider
from nestpay.billing.clock import real_now
from nestpay.billing.content import Kind, Words
from nestpay.billing.plan_rows import Retired
from nestpay.domain.errors import (
    ContentEdited,
    FileGone,
    InvalidAmount,
    InvalidContent,
    NotFound,
    ProviderTrouble,
    SlugTaken,
)
from nestpay.domain.markdown import to_html
from nestpay.domain.money import Money, parse_amount
from nestpay.domain.plan_entries import amount_text
from nestpay.domain.plans import Benefits
from nestpay.providers import registry
from nestpay.settings import LOCALES, get_settings
from nestpay.store import audit, content, plan_edits, plans
from nestpay.store.session import reading, transaction
from nestpay.store.tables import ArticleRow, PriceRecord, ProductRow, SpaceRow, Ware

INTERVALS: dict[Kind, tuple[str, ...]] = {"article": ("once",), "space": ("month", "year"), "product": ("once",)}
"""How each kind is paid for."""

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LONGEST_SLUG, _LONGEST_TITLE, _LONGEST_TEXT = 80, 200, 200_000
OTHER_LOCALES = LOCALES[1:]
"""The languages that a piece may be translated to."""
_LOGGED = ("slug", "title", "opens_to", "deliveries", "entitlements", "published", "space_id", "file", "amounts")


@dataclass(frozen=True, slots=True)
class Draft:
    """Content as it is edited. `amounts` are what people type, by interval; "" is not for sale that way.

    `translations` are its words in other languages, by locale; what is empty there is read as it is written here.
    """

    kind: Kind
    id: str = ""
    version: int = 0
    slug: str = ""
    title: str = ""
    preview: str = ""
    body: str = ""
    opens_to: tuple[str, ...] = ()
    entitlements: tuple[str, ...] = ()
    deliveries: tuple[str, ...] = ()
    published: bool = False
    space_id: str = ""
    file: str = ""
    amounts: Mapping[str, str] = field(default_factory=dict)
    translations: Mapping[str, Words] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Shelved:
    """A line of the admin's list. `updated_at` is UTC."""

    kind: Kind
    id: str
    slug: str
    title: str
    published: bool
    price_texts: tuple[str, ...]
    updated_at: datetime


def shelf(locale: str = "en") -> tuple[Shelved, ...]:
    """Everything that is written, drafts too: what was edited last first."""
    found: list[Shelved] = []
    with reading() as session:
        for word, kind in content.KINDS.items():
            rows = content.everything(session, kind)
            prices = content.prices_of(session, word, [row.id for row in rows])
            found += [_shelved(word, row, [each for each in prices if each.thing_id == row.id], locale) for row in rows]
    return tuple(sorted(found, key=lambda each: each.updated_at, reverse=True))


def _shelved(kind: Any, row: Ware, prices: list[PriceRecord], locale: str) -> Shelved:
    texts = dict.fromkeys(Money(price.amount_minor, price.currency).text(locale) for price in prices)
    return Shelved(kind, row.id, row.slug, row.title, row.published, tuple(texts), row.updated_at)


def spaces() -> dict[str, str]:
    """The titles of all spaces by id, for articles to belong to."""
    with reading() as session:
        return {row.id: row.title for row in content.everything(session, SpaceRow)}


def load(kind: Kind, ware_id: str) -> Draft:
    """One as it is stored. Raises NotFound."""
    with reading() as session:
        row = content.by_id(session, content.KINDS[kind], ware_id)
        if row is None:
            raise NotFound
        return _draft(kind, row, content.prices_of(session, kind, [ware_id]))


def _draft(kind: Kind, row: Ware, prices: Any) -> Draft:
    benefits = Benefits.from_json(row.benefits)
    return Draft(
        kind=kind,
        id=row.id,
        version=row.version,
        slug=row.slug,
        title=row.title,
        preview=row.preview,
        body=row.body,
        opens_to=tuple(row.opens_to),
        entitlements=benefits.entitlements,
        deliveries=benefits.deliveries,
        published=row.published,
        space_id=(row.space_id or "") if isinstance(row, ArticleRow) else "",
        file=row.file if isinstance(row, ProductRow) else "",
        amounts={
            str(price.interval): amount_text(str(Money(price.amount_minor, price.currency).decimal), price.currency)
            for price in prices
            if price.currency == get_settings().default_currency
        },
        translations={
            locale: Words(row.titles.get(locale, ""), **row.texts.get(locale, {}))
            for locale in OTHER_LOCALES
            if locale in row.titles or locale in row.texts
        },
    )


def picture(text: str) -> str:
    """Markdown as readers will see it."""
    return to_html(text[:_LONGEST_TEXT])


def save(draft: Draft, *, by: str, ip: str = "") -> tuple[Draft, ProviderTrouble | None]:
    """Store a draft; its `version` is the one that the edit began with, 0 for something new.

    A price whose amount changes is ended and another takes its place; those that the providers do not know are made
    there afterwards, and when that fails the edit stands and the trouble is returned. Raises InvalidContent, SlugTaken,
    ContentEdited, FileGone, NotFound.
    """
    draft = _sound(draft)
    amounts = _amounts(draft)
    now = real_now()
    with transaction() as session:
        row, before = _row(session, draft, now)
        _refuse_a_file_that_is_gone(draft.file, before.file if before else "")
        _fill(row, draft, now)
        session.add(row)
        session.flush()
        retired = _write_prices(session, draft.kind, row, amounts, now)
        prices = content.prices_of(session, draft.kind, [row.id])
        after = _draft(draft.kind, row, prices)
        audit.append(
            session,
            at=now,
            actor_id=by,
            action="content.edit" if draft.id else "content.add",
            subject=f"{draft.kind}:{row.id}",
            before=_logged(before, after) if before else {},
            after=_logged(after, before) if before else _logged(after, Draft(draft.kind)),
            ip=ip,
        )
        plans.raise_catalogue_version(session)
    return after, _make_prices(row, prices, retired)


def _sound(draft: Draft) -> Draft:
    slug, title = draft.slug.strip().lower(), draft.title.strip()
    others = {locale: replace(words, title=words.title.strip()) for locale, words in draft.translations.items()}
    said = (Words(title, draft.preview, draft.body), *others.values())
    is_right = (
        0 < len(slug) <= _LONGEST_SLUG
        and _SLUG.fullmatch(slug)
        and title
        and max(len(words.title) for words in said) <= _LONGEST_TITLE
        and max(len(text) for words in said for text in (words.preview, words.body)) <= _LONGEST_TEXT
        and others.keys() <= set(OTHER_LOCALES)
        and draft.kind in INTERVALS
    )
    if not is_right:
        raise InvalidContent
    return replace(draft, slug=slug, title=title, translations=others)


def _amounts(draft: Draft) -> dict[str, int]:
    """What it costs by interval, in minor units of the usual currency."""
    typed = {name: draft.amounts.get(name, "").strip() for name in INTERVALS[draft.kind]}
    try:
        found = {
            name: parse_amount(text, get_settings().default_currency).amount_minor
            for name, text in typed.items()
            if text
        }
    except InvalidAmount:
        raise InvalidContent from None
    if not all(found.values()):
        raise InvalidContent
    return found


def _row(session: Session, draft: Draft, now: datetime) -> tuple[Ware, Draft | None]:
    kind = content.KINDS[draft.kind]
    if content.id_of_slug(session, kind, draft.slug) not in (None, draft.id or None):
        raise SlugTaken(slug=draft.slug)
    if not draft.id:
        return kind(slug=draft.slug, title=draft.title, created_at=now, updated_at=now), None
    row = content.by_id(session, kind, draft.id, lock=True)
    if row is None:
        raise NotFound
    if row.version != draft.version:
        raise ContentEdited
    before = _draft(draft.kind, row, content.prices_of(session, draft.kind, [row.id]))
    row.version += 1
    return row, before


def _refuse_a_file_that_is_gone(wanted: str, kept: str) -> None:
    """What a product has already may be gone: that keeps nobody from mending its title."""
    if wanted not in ("", kept, *downloads.files()):
        raise FileGone(file=wanted)


def _fill(row: Ware, draft: Draft, now: datetime) -> None:
    for name in ("slug", "title", "preview", "body", "published"):
        setattr(row, name, getattr(draft, name))
    row.titles = {locale: words.title for locale, words in draft.translations.items() if words.title}
    texts = {
        locale: {name: text for name in ("preview", "body") if (text := getattr(words, name))}
        for locale, words in draft.translations.items()
    }
    row.texts = {locale: said for locale, said in texts.items() if said}
    row.opens_to = list(dict.fromkeys(draft.opens_to))
    row.benefits = Benefits(entitlements=draft.entitlements, deliveries=draft.deliveries).to_json()
    row.updated_at = now
    if isinstance(row, ArticleRow):
        row.space_id = draft.space_id or None
    if isinstance(row, ProductRow):
        row.file = draft.file


def _write_prices(session: Session, kind: Kind, row: Ware, amounts: Mapping[str, int], now: datetime) -> list[Retired]:
    """One price an interval at each provider, in the usual currency. Returns those that are not sold any more."""
    currency = get_settings().default_currency
    there = [each for each in content.prices_of(session, kind, [row.id]) if each.currency == currency]
    kept = {(each.provider, each.interval) for each in there if amounts.get(each.interval) == each.amount_minor}
    retired = []
    for price in there:
        if (price.provider, price.interval) in kept:
            continue
        if price.provider_price_id is None and not plan_edits.is_used(session, price.id):
            session.delete(price)
        else:
            price.active, price.updated_at = False, now
            retired.append(Retired(price.id, price.provider, price.provider_price_id))
    session.flush()  # the old ones first: of each kind only one may be sold
    for interval, amount in amounts.items():
        for provider in sorted(get_settings().providers):
            if (provider, interval) not in kept:
                session.add(_price(kind, row.id, provider, interval, amount, now))
    session.flush()
    return retired


def _price(kind: Kind, ware_id: str, provider: str, interval: str, amount: int, now: datetime) -> PriceRecord:
    price = PriceRecord(
        provider=provider,
        type="one_time" if interval == "once" else "recurring",
        interval=interval,
        currency=get_settings().default_currency,
        amount_minor=amount,
        created_at=now,
        updated_at=now,
    )
    setattr(price, f"{kind}_id", ware_id)
    return price


def _make_prices(row: Ware, prices: Any, retired: list[Retired]) -> ProviderTrouble | None:
    products = {price.provider: price.provider_product_id for price in prices if price.provider_product_id}
    try:
        for price in prices:
            if price.provider_price_id is None and price.provider in registry.names():
                products[price.provider] = catalog.make_price(price, row, products.get(price.provider))
        plan_provider.archive(retired)
    except ProviderTrouble as trouble:
        return trouble
    return None


def _logged(draft: Draft, other: Draft) -> dict[str, Any]:
    """What differs, without the texts themselves: of those only that they differ."""
    found = {name: getattr(draft, name) for name in _LOGGED if getattr(draft, name) != getattr(other, name)}
    own, others = _texts(draft), _texts(other)
    texts = {name: len(text) for name, text in own.items() if text != others.get(name, "")}
    texts |= {name: 0 for name, text in others.items() if text and name not in own}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in (found | texts).items()}


def _texts(draft: Draft) -> dict[str, str]:
    """All its texts by name, those of a translation as `fr.body`."""
    texts = {"preview": draft.preview, "body": draft.body}
    for locale, words in draft.translations.items():
        texts |= {f"{locale}.{name}": getattr(words, name) for name in ("title", "preview", "body")}
    return texts

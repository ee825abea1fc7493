"""What the editor shows of an entry: the rows of its lists, and its words as the fields hold them."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nestpay.billing.plan_editor import Consequences, PastPrice, amount_in_words
from nestpay.billing.plan_provider import CouponChoice
from nestpay.domain.money import Money
from nestpay.domain.plan_entries import TRANSLATED, Change, Entry, is_free, texts_of
from nestpay.domain.plan_rules import Complaint
from nestpay.web.admin.plans.reading import BENEFITS, CREEM, OTHER_LOCALES, benefit_text
from nestpay.web.i18n import LANGUAGES, catalogue, t_in

PLAIN = (
    "key",
    "environment",
    "title",
    "description",
    "group",
    "order",
    "highlight_text",
    "button_text",
    "button_link",
    "trial_days",
)
_PRICE = ("provider", "price_id", "product_id", "type", "interval", "interval_count", "currency", "amount")
_PRICE_WORDS = ("display", "original", "suffix", "coupon")
_CHANGES_SHOWN = 12
_CHANGE_LENGTH = 60


@dataclass(frozen=True)
class FeatureRow:
    """One line of the card. `at` begins the names of its fields, `place` the paths of what is wrong with it."""

    uid: str
    at: str
    place: str
    text: str
    included: bool
    bold: bool
    href: str
    is_first: bool
    is_last: bool


@dataclass(frozen=True)
class PastRow:
    """A price that is sold no more; `holders` is empty when nobody pays it."""

    uid: str
    price: str
    provider_id: str
    holders: str


@dataclass(frozen=True)
class PriceForm:
    """One price. `is_known` says that its provider has it."""

    uid: str
    at: str
    place: str
    words: dict[str, str]
    allow_codes: bool
    is_known: bool
    is_creem: bool
    is_free: bool


@dataclass(frozen=True)
class LineForm:
    """One line of the card in another language, below the line as it is."""

    name: str
    original: str
    text: str


@dataclass(frozen=True)
class LanguageForm:
    """The card's words in another language."""

    locale: str
    name: str
    at: str
    words: dict[str, str]
    lines: list[LineForm]


@dataclass(frozen=True)
class CouponRow:
    coupon_id: str
    text: str


@dataclass(frozen=True)
class ChangeRow:
    what: str
    before: str
    after: str


def plain_words(entry: Entry) -> dict[str, str]:
    """The plan's own words and its benefits, by the names of their fields."""
    benefits = {f"benefits.{name}": _benefit_words(entry, name) for name in BENEFITS}
    return {name: str(entry[name]) for name in PLAIN} | benefits


def _benefit_words(entry: Entry, name: str) -> str:
    return benefit_text(entry["benefits"].get(name, BENEFITS[name]))


def feature_rows(entry: Entry, uids: Sequence[str]) -> list[FeatureRow]:
    """The lines of the card."""
    return [
        FeatureRow(
            uid=uid,
            at=f"feature.{uid}.",
            place=f"features.{place}.",
            text=str(line["text"]),
            included=bool(line["included"]),
            bold=bool(line["bold"]),
            href=str(line["href"]),
            is_first=place == 0,
            is_last=place == len(uids) - 1,
        )
        for place, (uid, line) in enumerate(zip(uids, entry["features"], strict=True))
    ]


def price_forms(entry: Entry, uids: Sequence[str]) -> list[PriceForm]:
    """The prices."""
    return [
        PriceForm(
            uid=uid,
            at=f"price.{uid}.",
            place=f"prices.{place}.",
            words={name: str(price[name]) for name in (*_PRICE, *_PRICE_WORDS)},
            allow_codes=bool(price["allow_codes"]),
            is_known=bool(price["price_id"]),
            is_creem=price["provider"] == CREEM,
            is_free=is_free(price),
        )
        for place, (uid, price) in enumerate(zip(uids, entry["prices"], strict=True))
    ]


def language_forms(entry: Entry, uids: Sequence[str]) -> list[LanguageForm]:
    """The card's words in every language but the first."""
    forms = []
    for locale in OTHER_LOCALES:
        words = texts_of(entry, locale)
        lines = [
            LineForm(f"words.{locale}.line.{uid}", str(line["text"]), words["features"][place])
            for place, (uid, line) in enumerate(zip(uids, entry["features"], strict=True))
        ]
        texts = {name: words[name] for name in TRANSLATED}
        forms.append(LanguageForm(locale, LANGUAGES[locale], f"words.{locale}.", texts, lines))
    return forms


def coupon_rows(coupons: Iterable[CouponChoice], locale: str) -> list[CouponRow]:
    """Coupons to choose from, with what each takes off."""
    return [CouponRow(each.coupon_id, _coupon_text(each, locale)) for each in coupons]


def _coupon_text(coupon: CouponChoice, locale: str) -> str:
    off = f"{coupon.percent} %" if coupon.percent else coupon.amount.text(locale) if coupon.amount else ""
    return " · ".join(filter(None, (coupon.name, off and f"−{off}")))


def past_rows(prices: Iterable[PastPrice], locale: str) -> list[PastRow]:
    """Prices that are sold no more, with who still pays them."""
    return [
        PastRow(
            uid=price.price_id,
            price=f"{Money(price.amount_minor, price.currency).text(locale)} {t_in(locale, f'plan.per.{price.interval}')}",
            provider_id=price.provider_price_id,
            holders=t_in(locale, "plans.subscribers", n=price.holders) if price.holders else "",
        )
        for price in prices
    ]


def change_rows(changes: Sequence[Change], locale: str) -> list[ChangeRow]:
    """What somebody else changed, field by field; of very many the first."""
    rows = [ChangeRow(where_in_words(each.where, locale), _short(each.before), _short(each.after)) for each in changes]
    if len(rows) <= _CHANGES_SHOWN:
        return rows
    more = t_in(locale, "plan.conflict.more", n=len(rows) - _CHANGES_SHOWN)
    return [*rows[:_CHANGES_SHOWN], ChangeRow(more, "", "")]


def _short(text: str) -> str:
    text = text or "–"
    return text if len(text) <= _CHANGE_LENGTH else f"{text[: _CHANGE_LENGTH - 1]}…"


def where_in_words(where: str, locale: str) -> str:
    """A path of an entry with its first name as the form calls that field: `Features · 2 · text`."""
    first, *rest = where.split(".")
    texts = catalogue(locale)
    named = texts.get(f"plan.field.{first}") or texts.get(f"plan.part.{first}") or first
    return " · ".join([str(named), *rest])


def wrong_words(complaints: Iterable[Complaint], locale: str) -> dict[str, str]:
    """What is wrong with each field, in words. What is wrong with a part of a benefit is said at the benefit."""
    wrong: dict[str, str] = {}
    for complaint in complaints:
        said = t_in(locale, f"plan.wrong.{complaint.wrong}", **complaint.values)
        where = complaint.where
        if where.startswith("benefits.") and where.count(".") > 1:
            _, name, *part = where.split(".", 2)
            where, said = f"benefits.{name}", f"{part[0]}: {said}"
        elif where.startswith("translations.") and ".features" in where:
            where = where.split(".features")[0] + ".features"
        wrong.setdefault(where, said)
    return wrong


def warnings(found: Consequences, locale: str) -> list[str]:
    """What an edit means for those who have the plan, sentence by sentence."""
    said = [t_in(locale, "plan.means.subscribers", n=found.subscribers)] if found.subscribers else []
    for price in found.old_prices:
        old, new = amount_in_words(price, locale)
        key = f"plan.means.{'replaced' if new else 'ended'}{'' if price.holders else '_alone'}"
        per = t_in(locale, f"plan.per.{price.interval}")
        said.append(t_in(locale, key, old=old, new=new, interval=per, n=price.holders))
    said += [t_in(locale, f"plan.means.{word}") for word in found.changed if found.subscribers]
    if found.leaves_the_shelf and found.subscribers:
        said.append(t_in(locale, "plan.means.hidden"))
    return said


def as_json(value: object) -> str:
    """JSON as people read it."""
    return json.dumps(value, indent=2, ensure_ascii=False)

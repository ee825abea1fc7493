"""What each mail says: a template's name, a language and its values become a subject, a text and an HTML page.

Every template knows `name` (may be left out) and `path`, one of our pages, where its button leads (left out: the one
in `PATHS`). Beyond these:

verify_email, password_reset    `path` with its token must be given
password_changed                changed_at (ISO 8601, UTC)
welcome                         credits (the sign-up bonus, 0 for none)
purchase_confirmation           plan, order_number, currency, subtotal, discount, tax, total (minor units), credits
subscription_started            the same, interval ("month" | "year"), and next_date (ISO 8601 of the next payment;
                                may be left out)
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal
from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError, select_autoescape
from markupsafe import Markup

from nestpay.domain.money import Money
from nestpay.settings import LOCALES, get_settings

TEMPLATES = (
    "verify_email",
    "welcome",
    "password_reset",
    "password_changed",
    "purchase_confirmation",
    "subscription_started",
)
PATHS = {
    "welcome": "/dashboard",
    "password_changed": "/reset-password",
    "purchase_confirmation": "/dashboard/my-orders",
    "subscription_started": "/dashboard/subscription",
}
_FOLDER = Path(__file__).parent / "templates"
_BABEL = {"en": "en_US", "zh": "zh_CN", "fr": "fr_FR"}
_RECEIPTS = frozenset({"purchase_confirmation", "subscription_started"})
_ROWS = ("plan", "order_number", "subtotal", "discount", "tax", "total", "credits", "next_date")
_LEFT_OUT_WHEN_EMPTY = frozenset({"discount", "tax", "credits", "next_date"})
_WITH_TOKEN = frozenset({"verify_email", "password_reset"})
_MONEY = frozenset({"subtotal", "discount", "tax", "total"})


class Unreadable(Exception):
    """A mail whose template or values make no text. Trying again would not help."""


@dataclass(frozen=True, slots=True)
class Message:
    """A mail as it is read, whoever it goes to."""

    subject: str
    text: str
    html: str


def render(template: str, locale: str, context: Mapping[str, Any]) -> Message:
    """Write the mail out in `locale` (an unknown one is the default's). Raises Unreadable."""
    try:
        return _render(template, locale if locale in LOCALES else get_settings().default_locale, context)
    except (TemplateError, LookupError, TypeError, ValueError, ArithmeticError) as error:
        raise Unreadable(f"{template}: {type(error).__name__}: {error}") from error


def sender_name() -> str:
    """The name that mails are sent in."""
    return parseaddr(get_settings().mail_from)[0] or "nestpay"


def _render(template: str, locale: str, context: Mapping[str, Any]) -> Message:
    settings = get_settings()
    prefix = "" if locale == settings.default_locale else f"/{locale}"
    words = _words(locale)
    values = {
        "name": "",
        "next_date": "",
        "path": PATHS.get(template, ""),
        **context,
    }
    values |= {
        "product": sender_name(),
        "site": urlsplit(settings.site_url).netloc,
        "site_url": f"{settings.site_url}{prefix}/",
        "link": f"{settings.site_url}{prefix}{values['path']}",
        "locale": locale,
        "shows_link": template in _WITH_TOKEN,
        "words": words["layout"],
        "rows": _rows(words["rows"], locale, values) if template in _RECEIPTS else [],
    }
    plain, html = (_fill(words[template], environment, values) for environment in (_plain(), _html()))
    return Message(
        subject=" ".join(str(plain["subject"]).split()),
        text=_plain().get_template("layout.txt").render(values, **plain),
        html=_html().get_template("layout.html").render(values, **html),
    )


def _fill(
    sentences: Mapping[str, str | list[str]], environment: Environment, values: Mapping[str, Any]
) -> dict[str, str | list[str]]:
    """The sentences with the values in them; in the HTML environment the values are escaped, here and only here."""

    def filled(sentence: str) -> str:
        text = environment.from_string(sentence).render(values)
        return Markup(text) if environment.autoescape else text  # noqa: S704  the line above escaped the values

    return {
        part: [text for text in map(filled, said) if text] if isinstance(said, list) else filled(said)
        for part, said in sentences.items()
    }


def _rows(labels: Mapping[str, str], locale: str, values: Mapping[str, Any]) -> list[tuple[str, str, bool]]:
    """The lines of a receipt: label, value, and whether the line stands out."""
    return [
        (labels[part], _value(part, values[part], locale, values["currency"]), part == "total")
        for part in _ROWS
        if values[part] or part not in _LEFT_OUT_WHEN_EMPTY
    ]


def _value(part: str, value: Any, locale: str, currency: str) -> str:
    if part in _MONEY:
        return Money(-value if part == "discount" else value, currency).full_text(locale)
    if part == "credits":
        return _number(value, locale)
    return _date(value, locale) if part == "next_date" else str(value)


def _number(value: int, locale: str) -> str:
    return format_decimal(value, locale=_BABEL[locale])


def _date(value: str, locale: str) -> str:
    return format_date(datetime.fromisoformat(value), "long", locale=_BABEL[locale])


def _moment(value: str, locale: str) -> str:
    return format_datetime(datetime.fromisoformat(value), "long", locale=_BABEL[locale])


@lru_cache(maxsize=len(LOCALES))
def _words(locale: str) -> dict[str, Any]:
    return tomllib.loads((_FOLDER / "words" / f"{locale}.toml").read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def _plain() -> Environment:
    return _environment(escapes=False)


@lru_cache(maxsize=1)
def _html() -> Environment:
    return _environment(escapes=True)


def _environment(*, escapes: bool) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=select_autoescape(default=True, default_for_string=True) if escapes else False,  # noqa: S701  text has no markup
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(number=_number, moment=_moment)
    return environment

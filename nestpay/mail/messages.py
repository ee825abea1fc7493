"""What each mail says: a template's name, a language and its values become a subject, a text and an HTML page.

Every template knows `name` (may be left out), `path`, one of our pages, where its button leads (left out: the one in
`PATHS`), and `url`, an address elsewhere that the button leads to instead. Amounts are minor units of `currency`,
instants ISO 8601 in UTC; what has a ? may be left out. Beyond these:

verify_email, password_reset    `path` with its token must be given
password_changed                changed_at
welcome                         credits (the sign-up bonus, 0 for none)
purchase_confirmation           plan, order_number, currency, subtotal, discount, tax, total, credits
subscription_started, subscription_renewed    the same, interval ("month" | "year"), next_date? (the next payment)
upcoming_renewal                plan, currency, amount, interval, next_date
payment_failed                  plan, currency, amount, order_number?, next_try?, url? (where it is paid)
action_required                 plan, currency, amount, url?
trial_ending, trial_refused     plan, currency, amount (the regular price), interval, trial_end
plan_changed                    plan, previous_plan, quantity?, currency, amount, interval, next_date?
cancellation_scheduled          plan, ends_on
subscription_ended              plan, unpaid (whether it ended for want of payment)
refund                          plan, order_number, currency, refunded
dispute                         customer, order_number, currency, disputed, status, reason
fraud_warning                   order_number?, currency, amount, is_refunded
fraud_warning_admin             the same, customer, reason
credit_grant_failed             event, event_type, reason
endpoint_disabled               endpoint (its address), reason
seat_invitation                 owner, plan; `path` with its token must be given
low_balance                     credits (what is left)
credits_used_up
top_up_stopped                  plan, order_number, currency, total, needs_you (whether the bank wants the customer)

A template with a dot in its name is an extension's (`nestpay.mail.added`), with the values that it wants.
"""

import tomllib
from collections.abc import Mapping, Sequence
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
from nestpay.mail import added
from nestpay.settings import DEFAULT_LOCALE, LOCALES, get_settings

_RECEIPT = "plan order_number subtotal discount tax total credits next_date"
_ROWS_OF = {
    "verify_email": "",
    "welcome": "",
    "password_reset": "",
    "password_changed": "",
    "purchase_confirmation": _RECEIPT,
    "subscription_started": _RECEIPT,
    "subscription_renewed": _RECEIPT,
    "upcoming_renewal": "plan amount next_date",
    "payment_failed": "plan order_number amount next_try",
    "action_required": "plan amount",
    "trial_ending": "plan amount trial_end",
    "trial_refused": "plan amount trial_end",
    "plan_changed": "plan quantity amount next_date",
    "cancellation_scheduled": "plan ends_on",
    "subscription_ended": "",
    "refund": "plan order_number refunded",
    "dispute": "customer order_number disputed status reason",
    "fraud_warning": "order_number amount",
    "fraud_warning_admin": "customer order_number amount reason",
    "credit_grant_failed": "event event_type reason",
    "endpoint_disabled": "endpoint reason",
    "seat_invitation": "",
    "low_balance": "",
    "credits_used_up": "",
    "top_up_stopped": "plan order_number total",
}
TEMPLATES = tuple(_ROWS_OF)
PATHS = {
    "welcome": "/dashboard",
    "password_changed": "/reset-password",
    "purchase_confirmation": "/dashboard/my-orders",
    "subscription_started": "/dashboard/subscription",
    "subscription_renewed": "/dashboard/subscription",
    "upcoming_renewal": "/dashboard/subscription",
    "payment_failed": "/dashboard/subscription",
    "action_required": "/dashboard/subscription",
    "trial_ending": "/dashboard/subscription",
    "trial_refused": "/dashboard/subscription",
    "plan_changed": "/dashboard/subscription",
    "cancellation_scheduled": "/dashboard/subscription",
    "subscription_ended": "/pricing",
    "refund": "/dashboard/my-orders",
    "low_balance": "/pricing",
    "credits_used_up": "/pricing",
    "top_up_stopped": "/dashboard/credits",
    "dispute": "/dashboard/admin/orders",
    "fraud_warning": "/dashboard/my-orders",
    "fraud_warning_admin": "/dashboard/admin/orders",
    "credit_grant_failed": "/dashboard/admin/webhooks",
    "endpoint_disabled": "/dashboard/admin/endpoints",
}
_FOLDER = Path(__file__).parent / "templates"
_BABEL = {"en": "en_US", "zh": "zh_CN", "fr": "fr_FR"}
_LEFT_OUT_WHEN_EMPTY = frozenset(
    "order_number discount tax credits amount next_date next_try quantity reason customer".split()
)
_WITH_TOKEN = frozenset({"verify_email", "password_reset", "seat_invitation"})
_MONEY = frozenset("subtotal discount tax total amount refunded disputed".split())
_DATES = frozenset("next_date next_try trial_end ends_on".split())
_STANDING_OUT = frozenset({"total", "amount", "refunded", "disputed"})
_NUMBERS = frozenset({"credits", "quantity"})
_MAY_BE_LEFT_OUT = ("name", "order_number", "next_date", "next_try", "quantity", "url")


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
        return _render(template, locale if locale in LOCALES else DEFAULT_LOCALE, context)
    except (TemplateError, LookupError, TypeError, ValueError, ArithmeticError) as error:
        raise Unreadable(f"{template}: {type(error).__name__}: {error}") from error


def templates() -> tuple[str, ...]:
    """The names of all mails: ours, then those of extensions."""
    return (*TEMPLATES, *added.names())


def sender_name() -> str:
    """The name that mails are sent in."""
    return parseaddr(get_settings().mail_from)[0] or "nestpay"


def _render(template: str, locale: str, context: Mapping[str, Any]) -> Message:
    settings = get_settings()
    prefix = "" if locale == DEFAULT_LOCALE else f"/{locale}"
    words, own = _words(locale), added.wording(template, locale) if "." in template else None
    values = {
        **dict.fromkeys(_MAY_BE_LEFT_OUT, ""),
        "path": own.path if own else PATHS.get(template, ""),
        **context,
    }
    values |= {
        "product": sender_name(),
        "site": urlsplit(settings.site_url).netloc,
        "site_url": f"{settings.site_url}{prefix}/",
        "link": _elsewhere(values["url"]) or f"{settings.site_url}{prefix}{values['path']}",
        "locale": locale,
        "shows_link": template in _WITH_TOKEN,
        "words": words["layout"],
    }
    if own:
        shown = {name: _number(value, locale) if type(value) is int else value for name, value in values.items()}
        (plain, plain_rows), (html, html_rows) = (own.filled(shown, escapes=escapes) for escapes in (False, True))
    else:
        plain_rows = html_rows = _rows(_ROWS_OF[template].split(), words["rows"], locale, values)
        plain, html = (_fill(words[template], environment, values) for environment in (_plain(), _html()))
    return Message(
        subject=" ".join(str(plain["subject"]).split()),
        text=_plain().get_template("layout.txt").render(values, **plain, rows=plain_rows),
        html=_html().get_template("layout.html").render(values, **html, rows=html_rows),
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


def _elsewhere(url: str) -> str:
    """The address when it is a web page's, and nothing otherwise."""
    return url if urlsplit(url).scheme in ("https", "http") else ""


def _rows(
    parts: Sequence[str], labels: Mapping[str, str], locale: str, values: Mapping[str, Any]
) -> list[tuple[str, str, bool]]:
    """The lines of a mail's table: label, value, and whether the line stands out."""
    return [
        (labels[part], _value(part, values[part], locale, values.get("currency", "")), part in _STANDING_OUT)
        for part in parts
        if values[part] or part not in _LEFT_OUT_WHEN_EMPTY
    ]


def _value(part: str, value: Any, locale: str, currency: str) -> str:
    if part in _MONEY:
        return Money(-value if part == "discount" else value, currency).full_text(locale)
    if part in _NUMBERS:
        return _number(value, locale)
    if part in _DATES:
        return _date(value, locale)
    return _words_of(value) if part in ("status", "reason") else str(value)


def _number(value: int, locale: str) -> str:
    return format_decimal(value, locale=_BABEL[locale])


def _date(value: str, locale: str) -> str:
    return format_date(datetime.fromisoformat(value), "long", locale=_BABEL[locale])


def _words_of(value: str) -> str:
    """A provider's word as people read it: `needs_response` becomes `needs response`."""
    return value.replace("_", " ") if value.isidentifier() else value


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
    environment.filters.update(number=_number, moment=_moment, day=_date, words=_words_of)
    return environment

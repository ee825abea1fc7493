"""The texts: the same in every language, all of them used, none of them outside the catalogues."""

import ast
import re
import string
from pathlib import Path

import pytest

from nestpay.domain import errors
from nestpay.domain.ledger import LogType
from nestpay.domain.orders import OrderStatus, OrderType
from nestpay.domain.refunds import DisputeStatus, RefundStatus
from nestpay.domain.subscriptions import SubscriptionStatus
from nestpay.web.dashboard.rows import ORDER_TONES, SUBSCRIPTION_TONES
from nestpay.web.i18n import LOCALES, catalogue, locale_of, localized, plain_path, t, t_in

WEB = Path(__file__).resolve().parents[2] / "nestpay/web"
SOURCES = sorted(WEB.rglob("*.py"))
KEY = re.compile(r"[a-z_]+(?:\.[a-z_]+)+")
# A key that is put together, such as f"order.status.{row.status}", is known by its beginning.
BEGINNING = re.compile(r'f"([a-z_.]*\.)\{')
WORDS = re.compile(r"[A-Za-zÀ-ÿ一-鿿]{2,}")
# What draws text: its positional texts are read by people.
DRAWS = {
    "notice",
    "badge",
    "button",
    "link_button",
    "way_out",
    "text_link",
    "field",
    "choice",
    "stat",
    "empty",
    "section_title",
    "page_head",
    "dialog",
}
NAMES_NOT_TEXTS = {"nestpay", "404"}


def placeholders(text: str | dict[str, str]) -> set[str]:
    forms = text.values() if isinstance(text, dict) else [text]
    return {name for form in forms for _, name, _, _ in string.Formatter().parse(form) if name}


@pytest.mark.parametrize("locale", LOCALES)
def test_every_language_has_every_text_with_the_same_gaps(locale: str) -> None:
    english, other = catalogue("en"), catalogue(locale)
    assert list(english) == list(other)
    assert {key for key in english if placeholders(english[key]) != placeholders(other[key])} == set()
    assert all(text and "" not in (text.values() if isinstance(text, dict) else [text]) for text in other.values())


@pytest.mark.parametrize("locale", ["zh", "fr"])
def test_a_translation_is_not_the_english_text_again(locale: str) -> None:
    same = {key for key, text in catalogue(locale).items() if text == catalogue("en")[key] and WORDS.search(str(text))}
    international = {"field.email", "orders.date", "pager.label", "nav.questions"}
    assert {key for key in same if placeholders(catalogue(locale)[key]) == set()} <= international


def test_every_text_is_used() -> None:
    code = "\n".join(path.read_text() for path in SOURCES)
    written = set(KEY.findall(code)) | set(re.findall(r'"([a-z_]+)"', code))
    beginnings = tuple(BEGINNING.findall(code))
    pages = tuple(name + "." for name in re.findall(r'"(meta\.[a-z_]+|terms|refunds)"', code))
    unused = {
        key for key in catalogue("en") if key not in written and not key.startswith((*beginnings, *pages, "errors."))
    }
    assert unused == set()


def test_every_text_that_is_asked_for_exists() -> None:
    asked = {key for path in SOURCES for key in re.findall(r'\bt(?:_in)?\((?:\w+, )?"([a-z_.]+)"', path.read_text())}
    assert asked - set(catalogue("en")) - set(LOCALES) == set()


def test_every_error_has_a_text_with_gaps_that_the_error_fills() -> None:
    def tree(kind: type[errors.NestpayError]) -> list[type[errors.NestpayError]]:
        return [kind, *(each for child in kind.__subclasses__() for each in tree(child))]

    for kind in tree(errors.NestpayError):
        assert kind.key in catalogue("en"), kind
        gaps = {name for _, name, _, _ in string.Formatter().parse(kind.sentence) if name}
        assert placeholders(catalogue("en")[kind.key]) <= gaps, kind


def test_every_status_and_type_has_a_word_and_a_colour() -> None:
    texts = catalogue("en")
    assert all(f"order.status.{status}" in texts for status in OrderStatus)
    assert all(f"order.type.{kind}" in texts for kind in OrderType)
    assert all(f"subscription.status.{status}" in texts for status in SubscriptionStatus)
    assert all(f"credit.type.{kind}" in texts for kind in LogType)
    assert all(f"refund.status.{status}" in texts for status in RefundStatus)
    assert all(f"dispute.status.{status}" in texts for status in DisputeStatus)
    assert set(ORDER_TONES) == set(OrderStatus)
    assert set(SUBSCRIPTION_TONES) == set(SubscriptionStatus)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(WEB)))
def test_no_page_speaks_past_the_catalogues(path: Path) -> None:
    spoken = [
        text for call in ast.walk(ast.parse(path.read_text())) if isinstance(call, ast.Call) for text in _texts_of(call)
    ]
    assert spoken == []


def _texts_of(call: ast.Call) -> list[str]:
    name = ast.unparse(call.func)
    if not (name.startswith("rx.el.") or name.split(".")[-1] in DRAWS) or name.endswith((".path", ".svg")):
        return []
    # Fields, icons and dialogs begin with a name that nobody reads.
    arguments = call.args[1:] if name.split(".")[-1] in {"field", "choice", "empty", "dialog"} else call.args
    texts = [
        argument.value
        for argument in arguments
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    ]
    named = [
        keyword.value.value
        for keyword in call.keywords
        if keyword.arg in {"title", "alt", "hint", "label", "aria_label"}
        and isinstance(keyword.value, ast.Constant)
        and isinstance(keyword.value.value, str)
    ]
    return [text for text in texts + named if WORDS.search(text) and text not in NAMES_NOT_TEXTS]


def test_counting_follows_the_grammar_of_each_language() -> None:
    assert [t_in("en", "usage.spend", n=n) for n in (1, 100)] == ["Spend 1 credit", "Spend 100 credits"]
    assert [t_in("fr", "usage.spend", n=n) for n in (0, 1, 2)] == [
        "Dépenser 0 crédit",
        "Dépenser 1 crédit",
        "Dépenser 2 crédits",
    ]
    assert t_in("zh", "usage.spend", n=1) == "花费 1 积分"


def test_numbers_are_grouped_as_each_language_does_it() -> None:
    assert [t_in(locale, "number", n=12345) for locale in LOCALES] == ["12,345", "12,345", "12\u202f345"]


def test_a_missing_text_is_a_bug_and_not_something_to_show() -> None:
    with pytest.raises(KeyError):
        t("no.such_text")


@pytest.mark.parametrize(
    ("path", "locale", "plain"),
    [
        ("/", "en", "/"),
        ("/zh", "zh", "/"),
        ("/zh/", "zh", "/"),
        ("/fr/pricing/", "fr", "/pricing"),
        ("/pricing?a=1", "en", "/pricing"),
        ("/french-toast", "en", "/french-toast"),
    ],
)
def test_a_path_says_its_language_and_is_the_same_page_in_another(path: str, locale: str, plain: str) -> None:
    assert locale_of(path) == locale
    assert plain_path(path) == plain
    assert localized(plain, locale) == path.split("?")[0].rstrip("/") or path == "/"

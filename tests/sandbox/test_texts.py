"""The words of the customer's pages: every sentence has its Chinese and its French, with the same braces, and is used."""

import re
from pathlib import Path

import pytest

from nestpay.sandbox import tax
from nestpay.sandbox.pages import texts

PAGES = Path(texts.__file__).parent
BRACES = re.compile(r"\{\w+\}")
CREEM = PAGES.parent / "creem"
CODE = list(PAGES.parent.rglob("*.py"))
SOURCES = {file: file.read_text() for file in CODE}
TEMPLATES = {file: file.read_text() for folder in (PAGES, CREEM / "pages") for file in folder.glob("templates/*.html")}


def asked() -> set[str]:
    """The sentences that templates ask for in so many words."""
    return {found for text in TEMPLATES.values() for found in re.findall(r'\bt\("([^"]+)"[,)]', text)}


@pytest.mark.parametrize("code", ["zh", "fr"])
def test_every_sentence_is_translated_with_the_same_braces(code: str) -> None:
    assert asked() - texts.TEXTS.keys() == set()
    for english, translations in texts.TEXTS.items():
        assert set(BRACES.findall(translations[code])) == set(BRACES.findall(english)), english


def test_no_translation_lies_idle() -> None:
    everything = "".join([*SOURCES.values(), *TEMPLATES.values()])
    rhythm = re.compile(
        r"(per|Billed each) (day|week|month|year)|(every|Billed every) \{count\} (day|week|month|year)s"
    )
    states = {"paid", "open", "void", "uncollectible"}
    idle = {one for one in texts.TEXTS if one not in everything and not rhythm.fullmatch(one)} - states
    assert idle == set()


def test_every_country_of_the_forms_is_translated() -> None:
    assert set(tax.COUNTRIES.values()) <= texts.TEXTS.keys()


@pytest.mark.parametrize(
    ("locale", "accepted", "code"),
    [
        ("fr-CA", None, "fr"),
        ("zh-HK", None, "zh"),
        (None, "de, fr;q=0.3", "fr"),
        ("auto", None, "en"),
        ("sv", "fr", "en"),
    ],
)
def test_the_language_is_the_one_asked_for_else_the_browsers(
    locale: str | None, accepted: str | None, code: str
) -> None:
    assert texts.tongue_of(locale, accepted).code == code


def test_days_and_amounts_read_as_they_do_there() -> None:
    english, french, chinese = (texts.TONGUES[code] for code in ("en", "fr", "zh"))
    assert [tongue.date(1767225600) for tongue in (english, french, chinese)] == [
        "1 January 2026",
        "1er janvier 2026",
        "2026年1月1日",
    ]
    assert [french.money(*one) for one in ((-1250, "eur"), (500, "jpy"), (99, "usd"))] == [
        "-12,50\u00a0€",
        "500\u00a0JPY",
        "0,99\u00a0$US",
    ]

"""What mails say: complete in every language, readable in every mail program, and nobody's markup but ours."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from nestpay.mail import messages
from nestpay.mail.messages import TEMPLATES, Unreadable, render
from nestpay.settings import LOCALES, reset_settings

RECEIPT: dict[str, Any] = {
    "plan": "Pro",
    "order_number": "NP-0001A2",
    "currency": "usd",
    "subtotal": 190_000,
    "discount": 19_000,
    "tax": 3_420,
    "total": 174_420,
    "credits": 12_000,
}
CONTEXTS: dict[str, dict[str, Any]] = {
    "verify_email": {"path": "/verify-email?token=abc"},
    "password_reset": {"path": "/reset-password?token=abc"},
    "password_changed": {"changed_at": "2026-03-01T12:00:00+00:00"},
    "welcome": {"credits": 100},
    "purchase_confirmation": RECEIPT,
    "subscription_started": RECEIPT | {"interval": "month", "next_date": "2026-04-01T12:00:00+00:00"},
}


def shape(words: Any) -> Any:
    """The names and the number of sentences, without what they say."""
    if isinstance(words, dict):
        return {name: shape(part) for name, part in words.items()}
    return len(words) if isinstance(words, list) else None


def test_every_language_has_the_same_sentences() -> None:
    folder = Path(messages.__file__).parent / "templates" / "words"
    words = {locale: tomllib.loads((folder / f"{locale}.toml").read_text("utf-8")) for locale in LOCALES}
    assert {path.stem for path in folder.iterdir()} == set(LOCALES)
    assert set(words["en"]) == {"layout", "rows", *TEMPLATES}
    for locale in LOCALES:
        assert shape(words[locale]) == shape(words["en"])


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("name", ["", "Ada"])
def test_every_mail_reads_well_in_every_language(template: str, locale: str, name: str) -> None:
    message = render(template, locale, {**CONTEXTS[template], "name": name})
    assert 5 < len(message.subject) < 78
    for text in (message.subject, message.text, message.html):
        assert "{{" not in text
        assert "None" not in text
        assert "Undefined" not in text
    prefix = "" if locale == "en" else f"/{locale}"
    assert f"http://127.0.0.1:8000{prefix}/" in message.text
    assert f'lang="{"zh-Hans" if locale == "zh" else locale}"' in message.html
    assert "\n\n\n" not in message.text
    assert "prefers-color-scheme: dark" in message.html
    assert "http-equiv" not in message.html
    assert "<script" not in message.html


@pytest.mark.parametrize(
    ("locale", "total", "discount", "credits"),
    [
        ("en", "Total: $1,744.20", "Discount: -$190.00", "Credits: 12,000"),
        ("zh", "合计：US$1,744.20", "优惠：-US$190.00", "积分：12,000"),
        ("fr", "Total : 1 744,20 $US", "Remise : -190,00 $US", "Crédits : 12 000"),
    ],
)
def test_a_receipt_writes_amounts_as_people_there_do(locale: str, total: str, discount: str, credits: str) -> None:
    text = render("purchase_confirmation", locale, RECEIPT).text.replace("\u202f", " ").replace("\xa0", " ")
    assert [line for line in (total, discount, credits) if line in text] == [total, discount, credits]


def test_a_receipt_without_discount_tax_and_credits_says_nothing_of_them() -> None:
    text = render("purchase_confirmation", "en", RECEIPT | {"discount": 0, "tax": 0, "credits": 0}).text
    for word in ("Discount", "Tax", "redits"):
        assert word not in text
    assert "Order number: NP-0001A2" in text


def test_a_currency_without_decimals_shows_none() -> None:
    text = render("purchase_confirmation", "en", RECEIPT | {"currency": "jpy", "total": 500}).text
    assert "Total: ¥500\n" in text


def test_a_yearly_subscription_says_that_it_renews_every_year() -> None:
    assert (
        "every year"
        in render("subscription_started", "en", CONTEXTS["subscription_started"] | {"interval": "year"}).text
    )
    assert "Next payment: April 1, 2026" in render("subscription_started", "en", CONTEXTS["subscription_started"]).text


def test_a_welcome_without_a_bonus_promises_none() -> None:
    message = render("welcome", "en", {"credits": 0})
    assert message.subject == "Welcome to nestpay"
    assert "credits" not in message.text


def test_what_people_call_themselves_cannot_become_markup_or_a_header() -> None:
    message = render("welcome", "en", {"credits": 0, "name": "<a href='//evil'>\r\nBcc: x{{ 7*7 }}"})
    assert "<a href='//evil'>" not in message.html
    assert "&lt;a href=" in message.html
    assert "49" not in message.html
    receipt = render("purchase_confirmation", "en", RECEIPT | {"order_number": "NP\r\nBcc: x", "plan": "<b>Pro</b>"})
    assert "\n" not in receipt.subject
    assert "<b>Pro" not in receipt.html


def test_only_mails_with_a_token_show_their_address_for_copying() -> None:
    assert "token=abc</a>" in render("verify_email", "en", CONTEXTS["verify_email"]).html
    assert "copy this address" not in render("welcome", "en", {"credits": 0}).html


def test_mails_carry_the_name_they_are_sent_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIL_FROM", "Birdhouse <hello@birdhouse.example>")
    reset_settings()
    message = render("welcome", "en", {"credits": 0})
    assert message.subject == "Welcome to Birdhouse"
    assert "nestpay" not in message.text + message.html


def test_an_unknown_language_falls_back_and_an_unknown_mail_does_not() -> None:
    assert render("welcome", "xx", {"credits": 0}) == render("welcome", "en", {"credits": 0})
    for template, context in (("nonsense", {}), ("welcome", {}), ("password_changed", {"changed_at": "yesterday"})):
        with pytest.raises(Unreadable):
            render(template, "en", context)

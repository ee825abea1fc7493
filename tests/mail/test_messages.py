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
DAY = "2026-04-01T12:00:00+00:00"
PLAN: dict[str, Any] = {"plan": "Pro", "currency": "usd", "amount": 1900}
CONTEXTS: dict[str, dict[str, Any]] = {
    "verify_email": {"path": "/verify-email?token=abc"},
    "password_reset": {"path": "/reset-password?token=abc"},
    "password_changed": {"changed_at": "2026-03-01T12:00:00+00:00"},
    "welcome": {"credits": 100},
    "purchase_confirmation": RECEIPT,
    "subscription_started": RECEIPT | {"interval": "month", "next_date": DAY},
    "subscription_renewed": RECEIPT | {"interval": "year", "next_date": DAY},
    "upcoming_renewal": PLAN | {"interval": "month", "next_date": DAY},
    "payment_failed": PLAN | {"order_number": "NP-0001A2", "next_try": DAY, "url": "https://pay.example/in_1"},
    "action_required": PLAN | {"url": "https://pay.example/in_1"},
    "low_balance": {"credits": 12},
    "credits_used_up": {},
    "top_up_stopped": {
        "plan": "500 credits",
        "order_number": "NP-1",
        "currency": "usd",
        "total": 900,
        "needs_you": True,
    },
    "trial_ending": PLAN | {"interval": "month", "trial_end": DAY},
    "trial_refused": PLAN | {"interval": "month", "trial_end": DAY},
    "plan_changed": PLAN | {"previous_plan": "Starter", "quantity": 3, "interval": "month", "next_date": DAY},
    "cancellation_scheduled": {"plan": "Pro", "ends_on": DAY},
    "subscription_ended": {"plan": "Pro", "unpaid": True},
    "refund": {"plan": "Pro", "order_number": "NP-0001A2", "currency": "usd", "refunded": 1900},
    "dispute": {
        "customer": "ada@example.com",
        "order_number": "NP-0001A2",
        "currency": "usd",
        "disputed": 1900,
        "status": "needs_response",
        "reason": "product_not_received",
    },
    "fraud_warning": {"order_number": "NP-0001A2", "currency": "usd", "amount": 1900, "is_refunded": True},
    "fraud_warning_admin": {
        "customer": "ada@example.com",
        "order_number": "NP-0001A2",
        "currency": "usd",
        "amount": 1900,
        "is_refunded": False,
        "reason": "made_with_stolen_card",
    },
    "credit_grant_failed": {"event": "evt_1", "event_type": "invoice.paid", "reason": "No such price."},
    "endpoint_disabled": {"endpoint": "https://hooks.example/nestpay", "reason": "HTTP 410"},
    "seat_invitation": {"owner": "Ada", "plan": "Business", "path": "/seats/accept?token=abc"},
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
    if url := CONTEXTS[template].get("url"):
        assert url in message.text
        assert f'href="{url}"' in message.html
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


def test_a_failed_payment_says_when_it_is_tried_again_and_leads_to_where_it_is_paid() -> None:
    context = CONTEXTS["payment_failed"]
    assert "try again on April 1, 2026" in render("payment_failed", "en", context).text
    last = render("payment_failed", "en", {**context, "next_try": "", "url": ""}).text
    assert "not try again by ourselves" in last
    assert "http://127.0.0.1:8000/dashboard/subscription" in last


def test_a_button_leads_to_web_pages_only() -> None:
    for url in ("javascript:alert(1)", "data:text/html,x", "//evil.example"):
        assert url not in render("action_required", "en", CONTEXTS["action_required"] | {"url": url}).html


def test_a_change_of_seats_alone_does_not_speak_of_another_plan() -> None:
    text = render("plan_changed", "en", CONTEXTS["plan_changed"] | {"previous_plan": "Pro"}).text
    assert "subscription to Pro was changed" in text
    assert "Seats: 3" in text


def test_a_provider_s_words_are_read_as_words() -> None:
    message = render("dispute", "en", CONTEXTS["dispute"])
    assert message.subject.endswith("needs response")
    assert "Reason: product not received" in message.text


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

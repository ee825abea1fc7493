"""A plan as an entry: filled up, compared, merged, and every complaint at its place."""

from typing import Any

import pytest

from nestpay.domain.plan_entries import (
    BLANK,
    BLANK_PRICE,
    Change,
    amount_text,
    complete,
    differences,
    is_safe_link,
    merged,
    unknown_words,
    with_features,
)
from nestpay.domain.plan_rules import MAX_FEATURES, InvalidPlan, Wrong, complaints_about, json_in

PRO = {
    "key": "pro",
    "title": "Pro",
    "features": [{"text": "One", "bold": True}, {"text": "Two"}, "Three"],
    "prices": [{"interval": "month", "amount": "19.00"}, {"interval": "once", "amount": "9.5"}],
    "translations": {"zh": {"features": ["一", "二"]}},
}


def entry(**words: Any) -> dict[str, Any]:
    return complete(PRO | words)


def found(**words: Any) -> set[tuple[str, Wrong]]:
    return {(each.where, each.wrong) for each in complaints_about(entry(**words))}


def price(**words: Any) -> list[dict[str, Any]]:
    return [{"interval": "month", "amount": "19"} | words]


def test_what_a_file_leaves_out_is_filled_and_what_it_adds_is_dropped() -> None:
    whole = entry(nonsense=1)
    assert list(whole) == list(BLANK)
    assert whole["features"][2] == {"text": "Three", "included": True, "bold": False, "href": ""}
    assert [(each["type"], each["amount"], each["currency"]) for each in whole["prices"]] == [
        ("recurring", "19", "usd"),
        ("one_time", "9.50", "usd"),
    ]
    assert list(whole["prices"][0]) == list(BLANK_PRICE)
    assert unknown_words({"titel": "", "features": [{"txt": ""}], "prices": [{"interval": "month"}]}) == [
        "titel",
        "features.0.txt",
    ]


@pytest.mark.parametrize(
    ("typed", "currency", "written"),
    [
        ("19.00", "usd", "19"),
        ("19.9", "usd", "19.90"),
        ("1,900", "jpy", "1900"),
        ("1.5", "kwd", "1.500"),
        ("x", "usd", "x"),
    ],
)
def test_an_amount_is_written_in_one_way(typed: str, currency: str, written: str) -> None:
    assert amount_text(typed, currency) == written


def test_a_complete_entry_has_nothing_to_complain_about() -> None:
    assert complaints_about(entry()) == ()


@pytest.mark.parametrize(
    ("words", "where", "wrong"),
    [
        ({"key": ""}, "key", Wrong.REQUIRED),
        ({"key": "Pro Plan"}, "key", Wrong.NOT_A_KEY),
        ({"environment": "moon"}, "environment", Wrong.NOT_A_CHOICE),
        ({"title": "   "}, "title", Wrong.REQUIRED),
        ({"title": 5}, "title", Wrong.NOT_A_TEXT),
        ({"description": "x" * 301}, "description", Wrong.TOO_LONG),
        ({"active": "yes"}, "active", Wrong.NOT_A_CHOICE),
        ({"trial_days": -1}, "trial_days", Wrong.NEGATIVE),
        ({"trial_days": 731}, "trial_days", Wrong.OUT_OF_RANGE),
        ({"button_link": "data:text/html,x"}, "button_link", Wrong.UNSAFE_LINK),
        ({"features": "One"}, "features", Wrong.NOT_A_LIST),
        ({"features": ["x"] * (MAX_FEATURES + 1)}, "features", Wrong.TOO_MANY),
        ({"features": [{"text": ""}]}, "features.0.text", Wrong.REQUIRED),
        ({"features": [{"text": "x", "href": "javascript:x"}]}, "features.0.href", Wrong.UNSAFE_LINK),
        ({"prices": {}}, "prices", Wrong.NOT_A_LIST),
        ({"prices": price() * 21}, "prices", Wrong.TOO_MANY),
        ({"prices": price(amount="-1")}, "prices.0.amount", Wrong.NEGATIVE),
        ({"prices": price(amount="")}, "prices.0.amount", Wrong.REQUIRED),
        ({"prices": price(amount="1.999")}, "prices.0.amount", Wrong.NOT_AN_AMOUNT),
        ({"prices": price(amount="99999999999")}, "prices.0.amount", Wrong.NOT_AN_AMOUNT),
        ({"prices": price(currency="US")}, "prices.0.currency", Wrong.NOT_A_CURRENCY),
        ({"prices": price(interval="week")}, "prices.0.interval", Wrong.NOT_A_CHOICE),
        ({"prices": price(interval_count=4, interval="year")}, "prices.0.interval_count", Wrong.OUT_OF_RANGE),
        ({"prices": price(type="one_time")}, "prices.0.interval", Wrong.TYPE_AND_INTERVAL),
        ({"prices": price(provider="none")}, "prices.0.amount", Wrong.FREE_COSTS),
        ({"prices": price(provider="")}, "prices.0.provider", Wrong.REQUIRED),
        ({"prices": price() * 2}, "prices.1.interval", Wrong.TWICE),
        ({"prices": price(benefits={"monthly_credits": -1})}, "prices.0.benefits.monthly_credits", Wrong.NEGATIVE),
        ({"translations": []}, "translations", Wrong.NOT_AN_OBJECT),
        ({"translations": {"zh": "x"}}, "translations.zh", Wrong.NOT_AN_OBJECT),
        ({"translations": {"zh": {"features": [1]}}}, "translations.zh.features", Wrong.NOT_A_LIST),
        ({"translations": {"zh": {"title": "x" * 81}}}, "translations.zh.title", Wrong.TOO_LONG),
        ({"benefits": []}, "benefits", Wrong.NOT_AN_OBJECT),
        ({"benefits": {"monthly_credits": "5"}}, "benefits.monthly_credits", Wrong.NOT_WHOLE),
        ({"benefits": {"monthly_credits": True}}, "benefits.monthly_credits", Wrong.NOT_WHOLE),
        ({"benefits": {"limits": {"seats": -2}}}, "benefits.limits.seats", Wrong.OUT_OF_RANGE),
        ({"benefits": {"limits": [1]}}, "benefits.limits", Wrong.NOT_AN_OBJECT),
        ({"benefits": {"costs": {"image": -1}}}, "benefits.costs.image", Wrong.NEGATIVE),
        ({"benefits": {"entitlements": [""]}}, "benefits.entitlements", Wrong.NOT_A_LIST),
        ({"benefits": {"change_credits": "burn"}}, "benefits.change_credits", Wrong.NOT_A_CHOICE),
    ],
)
def test_each_thing_that_is_wrong_is_said_at_its_place(words: dict[str, Any], where: str, wrong: Wrong) -> None:
    assert (where, wrong) in found(**words)


def test_unlimited_is_a_limit_and_foreign_names_are_nobodys_business() -> None:
    assert found(benefits={"limits": {"chats": -1}, "jets": object()}) == set()


@pytest.mark.parametrize(
    "link", ["https://a.example/x?y#z", "HTTP://a.example", "mailto:a@example.com", "/pricing", "#faq"]
)
def test_links_that_lead_somewhere_are_safe(link: str) -> None:
    assert is_safe_link(link)


@pytest.mark.parametrize(
    "link",
    [
        "javascript:x",
        " javascript:x",
        "java\nscript:x",
        "//evil.example",
        "/\\evil.example",
        "data:x",
        "vbscript:x",
        "https://",
        "a",
        "",
    ],
)
def test_links_that_could_do_something_else_are_not(link: str) -> None:
    assert not is_safe_link(link)


def test_what_differs_is_named_by_its_path() -> None:
    after = entry(title="Pro 2", features=[{"text": "One"}], prices=price(amount="29"))
    assert differences(entry(prices=price()), after)[:2] == (
        Change("title", "Pro", "Pro 2"),
        Change("features.1.bold", "True", "False"),
    )
    assert Change("prices.stripe/month/usd.amount", "19", "29") in differences(entry(prices=price()), after)
    assert differences(entry(), entry()) == ()


def test_two_edits_are_merged_word_by_word_and_mine_counts_where_both_changed() -> None:
    base = entry()
    both = merged(base, entry(title="Mine", button_text="Mine"), entry(title="Theirs", description="Theirs"))
    assert (both["title"], both["button_text"], both["description"]) == ("Mine", "Mine", "Theirs")


def test_lines_are_reordered_with_their_translations() -> None:
    turned = with_features(entry(), [2, 0])
    assert [line["text"] for line in turned["features"]] == ["Three", "One"]
    assert turned["translations"]["zh"]["features"] == ["", "一"]


@pytest.mark.parametrize("text", ["", "{", '{"a": 1,}', "[" * 200_000])
def test_text_that_is_no_json_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(InvalidPlan) as told:
        json_in(text, "benefits")
    assert told.value.complaints[0].wrong is Wrong.BAD_JSON
    assert "line 1" in str(told.value)

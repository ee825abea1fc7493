"""The desk of plans: the list, the editor's form, its picture, and what it says of a wrong or a late edit."""

import json
from typing import Any

import pytest

from nestpay.billing import account_acts, accounts, catalog, plan_editor, plan_shelf
from nestpay.domain.errors import NotAllowed
from nestpay.domain.plan_rules import SENTENCES, Wrong
from nestpay.web.admin.plans.editor_state import PlanEditor
from nestpay.web.admin.plans.json_state import PlanJson
from nestpay.web.admin.plans.reading import read
from nestpay.web.admin.plans.state import PlansDesk
from nestpay.web.i18n import LOCALES, catalogue
from nestpay.web.pricing import blocks, cards
from tests.billing.people import EMAIL, PASSWORD, user_of
from tests.web.tabs import Tab, said, signed_in

pytestmark = pytest.mark.usefixtures("sqlite_database")

assert cards  # registers what draws the blocks of the pricing page


@pytest.fixture
def token() -> str:
    """An admin, in a house with the starter's plans."""
    catalog.seed()
    mine = signed_in()
    accounts.add_admin(EMAIL, None)
    return mine


def plan_id(key: str = "pro") -> str:
    return next(row.plan_id for row in plan_shelf.every_plan() if row.key == key)


class Desk:
    """A tab with the editor open; `form` is what its fields hold."""

    def __init__(self, token: str, of: str = "", locale: str = "") -> None:
        self.tab = Tab(f"{locale}/dashboard/admin/plans/plan" + (f"?id={of}" if of else ""), token)
        self.tab.call(PlanEditor.load)

    @property
    def state(self) -> PlanEditor:
        return self.tab.state(PlanEditor)

    def form(self, **typed: str) -> dict[str, Any]:
        state = self.state
        form: dict[str, Any] = {"form_number": str(state.form_number), **state.words}
        for name in ("active", "highlighted"):
            if getattr(state, name):
                form[name] = "on"
        for line in state.features:
            form |= {f"{line.at}text": line.text, f"{line.at}href": line.href}
            form |= {f"{line.at}{name}": "on" for name in ("included", "bold") if getattr(line, name)}
        for price in state.prices:
            form |= {f"{price.at}{name}": value for name, value in price.words.items()}
            form |= {f"{price.at}allow_codes": "on"} if price.allow_codes else {}
        for language in state.languages:
            form |= {f"{language.at}{name}": value for name, value in language.words.items()}
            form |= {line.name: line.text for line in language.lines}
        return form | typed

    def save(self, **typed: str) -> str:
        events = self.tab.call(PlanEditor.review, self.form(**typed))
        if any("save" in str(getattr(event, "fn", "")) or event is PlanEditor.save for event in events):
            events += self.tab.call(PlanEditor.save)
        return said(events)

    def first(self, name: str, of: str = "price") -> str:
        """The name of a field of the first row."""
        rows = self.state.prices if of == "price" else self.state.features
        return f"{rows[0].at}{name}"


# The list


def test_the_list_shows_every_plan_with_its_prices_in_the_order_of_the_pricing_page(token: str) -> None:
    tab = Tab("/fr/dashboard/admin/plans", token)
    tab.call(PlansDesk.load)
    rows = tab.state(PlansDesk).rows
    assert [row.key for row in rows] == ["free", "pro", "business", "credits-500", "credits-2500"]
    assert [price.replace("\u202f", "\xa0") for price in rows[1].prices] == ["19\xa0$US par mois", "190\xa0$US par an"]
    assert (rows[1].highlighted, rows[0].is_first, rows[4].is_last) == (True, True, True)
    assert rows[1].href == f"/fr/dashboard/admin/plans/plan?id={rows[1].id}"


def test_arrows_switches_copies_and_the_archive_do_what_they_say(token: str) -> None:
    tab, pro = Tab("/dashboard/admin/plans", token), plan_id()
    tab.call(PlansDesk.move, pro, 0)
    assert [row.key for row in tab.state(PlansDesk).rows][:2] == ["pro", "free"]
    tab.call(PlansDesk.switch_active, pro, False)
    tab.call(PlansDesk.switch_highlight, pro, False)
    line = tab.state(PlansDesk).rows[0]
    assert (line.active, line.highlighted) == (False, False)
    assert "plans/plan?id=" in said(tab.call(PlansDesk.duplicate, pro))
    tab.call(PlansDesk.archive, pro)
    assert [row.key for row in tab.state(PlansDesk).archived] == ["pro"]
    tab.call(PlansDesk.restore, pro)
    assert tab.state(PlansDesk).archived == []
    tab.call(PlansDesk.archive, plan_id("pro-2"))
    tab.call(PlansDesk.ask_to_remove, plan_id("pro-2"))
    tab.call(PlansDesk.remove)
    assert "pro-2" not in {row.key for row in plan_shelf.every_plan()}


@pytest.mark.parametrize("handler", [PlansDesk.load, PlanEditor.load, PlanEditor.save, PlanEditor.make_at_provider])
def test_an_admin_who_is_one_no_more_is_refused_while_the_page_is_open(token: str, handler: Any) -> None:
    tab = Tab("/dashboard/admin/plans", token)
    tab.call(PlansDesk.load)
    accounts.add_admin("grace@example.com", PASSWORD)
    account_acts.set_role(user_of(token).id, "customer", by="grace")
    with pytest.raises(NotAllowed):
        tab.call(handler)


# The form


def test_the_form_of_a_plan_reads_back_as_the_plan(token: str) -> None:
    for key in ("free", "pro", "business", "credits-500", "credits-2500"):
        desk = Desk(token, plan_id(key))
        desk.tab.call(PlanEditor.typed, desk.form())
        assert not desk.state.dirty, key


def test_what_is_typed_is_in_the_picture_in_every_language(token: str) -> None:
    desk = Desk(token, plan_id())
    desk.tab.call(PlanEditor.typed, desk.form(title="Professional"))
    state = desk.state
    assert (state.dirty, [card.title for card in state.cards], state.intervals) == (
        True,
        ["Professional"],
        ["month", "year"],
    )
    desk.tab.call(PlanEditor.look_at, "interval", "year")
    desk.tab.call(PlanEditor.look_at, "language", "zh")
    assert [(card.title, card.price, card.button) for card in state.cards] == [("专业版", "US$190", "订阅专业版")]


def test_saving_stores_every_field_and_the_page_begins_anew_with_it(token: str) -> None:
    desk = Desk(token, plan_id())
    typed = {
        "title": "Professional",
        "trial_days": "14",
        "button_link": "/contact",
        "benefits.monthly_credits": "2,000",
        "benefits.limits": "projects = 5\napi calls = -1",
        "benefits.entitlements": "beta\nsupport",
        "benefits.clawback": "debt",
        desk.first("suffix"): "/mo",
        desk.first("bold", "feature"): "on",
        "words.fr.title": "Professionnel",
    }
    assert "Saved" in desk.save(**typed)
    entry = plan_editor.load(plan_id()).entry
    assert (entry["title"], entry["trial_days"], entry["button_link"]) == ("Professional", 14, "/contact")
    assert entry["benefits"] == {
        "monthly_credits": 2000,
        "limits": {"projects": 5, "api calls": -1},
        "entitlements": ["beta", "support"],
        "clawback": "debt",
    }
    assert entry["prices"][0]["suffix"] == "/mo"
    assert entry["translations"]["fr"]["title"] == "Professionnel"
    assert (desk.state.dirty, desk.state.words["title"]) == (False, "Professional")


def test_lines_move_with_their_translations(token: str) -> None:
    desk = Desk(token, plan_id())
    before = plan_editor.load(plan_id()).entry
    desk.tab.call(PlanEditor.move_feature, desk.form(), desk.state.features[0].uid, 1)
    desk.tab.call(PlanEditor.remove_feature, desk.form(), desk.state.features[3].uid)
    desk.save()
    entry = plan_editor.load(plan_id()).entry
    assert [line["text"] for line in entry["features"]] == [before["features"][place]["text"] for place in (1, 0, 2)]
    old = before["translations"]["zh"]["features"]
    assert entry["translations"]["zh"]["features"] == [old[place] for place in (1, 0, 2)]


def test_an_event_that_was_typed_into_older_fields_changes_nothing(token: str) -> None:
    desk = Desk(token, plan_id())
    late = desk.form(title="Late")
    desk.save(title="Saved before")
    desk.tab.call(PlanEditor.typed, late)
    assert not desk.state.dirty


def test_a_new_plan_is_made_with_another_line_and_another_price(token: str) -> None:
    desk = Desk(token)
    desk.tab.call(PlanEditor.add_feature, desk.form())
    desk.tab.call(PlanEditor.add_price, desk.form())
    assert [price.words["interval"] for price in desk.state.prices] == ["month", "year"]
    lines, prices = desk.state.features, desk.state.prices
    events = desk.save(
        title="Team",
        key="team",
        **{f"{lines[0].at}text": "One", f"{lines[1].at}text": "Two", f"{lines[1].at}href": "https://example.com"},
        **{f"{prices[0].at}amount": "49", f"{prices[1].at}amount": "490.50"},
    )
    assert "create them" in events
    entry = plan_editor.load(plan_id("team")).entry
    assert [line["href"] for line in entry["features"]] == ["", "https://example.com"]
    assert [price["amount"] for price in entry["prices"]] == ["49", "490.50"]


# What is wrong


@pytest.mark.parametrize(
    ("typed", "where", "told"),
    [
        ({"title": " "}, "title", "This is needed."),
        ({"title": "x" * 81}, "title", "too long"),
        ({"button_link": "javascript:alert(1)"}, "button_link", "A link begins"),
        ({"button_link": "//evil.example"}, "button_link", "A link begins"),
        ({"trial_days": "soon"}, "trial_days", "whole number"),
        ({"benefits.monthly_credits": "-5"}, "benefits.monthly_credits", "negative"),
        ({"benefits.limits": "projects = -2"}, "benefits.limits", "projects: This must lie between -1"),
        ({"benefits.costs": "image"}, "benefits.costs", "image: This must be a whole number."),
        ({"price:amount": "-19"}, "prices.0.amount", "negative"),
        ({"price:amount": "nineteen"}, "prices.0.amount", "no amount"),
        ({"price:currency": "dollars"}, "prices.0.currency", "no currency"),
        ({"price:interval": "year"}, "prices.1.interval", "same provider"),
        ({"price:interval": "once"}, "prices.0.interval", "one-time payment"),
        ({"feature:href": "JavaScript:alert(1)"}, "features.0.href", "A link begins"),
        ({"feature:text": ""}, "features.0.text", "This is needed."),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_lost(
    token: str, typed: dict[str, str], where: str, told: str
) -> None:
    desk = Desk(token, plan_id())
    form = {
        desk.first(name.split(":")[1], name.split(":")[0]) if ":" in name else name: value
        for name, value in typed.items()
    }
    desk.save(**form, description="Typed with care")
    assert told in desk.state.wrong[where]
    assert plan_editor.load(plan_id()).version == 1
    desk.tab.call(
        PlanEditor.move_feature, desk.form(**form, description="Typed with care"), desk.state.features[0].uid, 0
    )
    assert desk.state._entry["description"] == "Typed with care"


def test_every_complaint_has_its_sentence_in_every_language() -> None:
    assert set(SENTENCES) == set(Wrong)
    for wrong, sentence in SENTENCES.items():
        assert catalogue("en")[f"plan.wrong.{wrong}"].__str__().replace("’", "'") == sentence.replace("’", "'")
        assert all(f"plan.wrong.{wrong}" in catalogue(locale) for locale in LOCALES)


def test_script_in_a_text_is_shown_as_text(token: str) -> None:
    evil = "<script>alert(1)</script>"
    desk = Desk(token, plan_id())
    desk.save(
        title=evil,
        description=evil,
        highlight_text=evil[:40],
        **{desk.first("text", "feature"): evil, "words.fr.title": evil},
    )
    for locale in ("en", "fr"):
        html = blocks.block("month", catalog.public_catalogue(locale), locale)
        assert "<script" not in html
        assert "&lt;script&gt;" in html


# JSON


def test_json_that_is_wrong_is_refused_with_its_place_and_stays_in_the_field(token: str) -> None:
    desk = Desk(token, plan_id())
    desk.tab.call(PlanJson.open, desk.form(), "benefits")
    state = desk.tab.state(PlanJson)
    assert json.loads(state.text)["monthly_credits"] == 1000
    for text, told in (
        ('{"monthly_credits": }', "line 1, column 21"),
        ("[1]", "JSON object"),
        ('{"monthly_credits": -1}', "cannot be negative"),
        ('{"limits": {"projects": "many"}}', "whole number"),
    ):
        desk.tab.call(PlanJson.apply, {"json": text})
        assert told in state.error
    assert state.words["benefits.monthly_credits"] == "1000"
    desk.tab.call(PlanJson.apply, {"json": '{"monthly_credits": 7, "private_jet": [1]}'})
    assert desk.state.words["benefits.monthly_credits"] == "7"
    desk.save()
    assert plan_editor.load(plan_id()).entry["benefits"] == {"monthly_credits": 7, "private_jet": [1]}


def test_ten_thousand_lines_are_too_many(token: str) -> None:
    desk = Desk(token, plan_id())
    desk.tab.call(PlanJson.open, desk.form(), "translations")
    desk.tab.call(PlanJson.apply, {"json": json.dumps({"zh": {"features": ["x"] * 10_000}})})
    assert "at most 50" in desk.tab.state(PlanJson).error
    entry = plan_editor.load(plan_id()).entry | {"features": [{"text": "x"}] * 10_000}
    assert read({}, entry, ["f"] * 10_000, ["a", "b"])["features"][0] == {"text": "x"}


# Two editors


def test_the_second_of_two_editors_is_told_what_the_first_changed_and_both_edits_can_be_kept(token: str) -> None:
    mine, theirs = Desk(token, plan_id()), Desk(token, plan_id())
    theirs.save(description="Theirs", title="Their title")
    assert "while you were editing" in mine.save(title="Mine", button_text="Mine too")
    state = mine.state
    assert {(change.what, change.after) for change in state.changes} == {
        ("Title", "Their title"),
        ("Description", "Theirs"),
    }
    mine.tab.call(PlanEditor.keep_mine, mine.form(title="Mine", button_text="Mine too"))
    assert (state.words["title"], state.words["description"], state.dirty) == ("Mine", "Theirs", True)
    mine.save()
    entry = plan_editor.load(plan_id()).entry
    assert (entry["title"], entry["description"], entry["button_text"]) == ("Mine", "Theirs", "Mine too")


def test_an_edit_of_somebody_else_can_be_taken_instead(token: str) -> None:
    mine, theirs = Desk(token, plan_id()), Desk(token, plan_id())
    theirs.save(title="Theirs")
    mine.save(title="Mine")
    mine.tab.call(PlanEditor.discard)
    assert (mine.state.words["title"], mine.state.dirty, mine.state.changes) == ("Theirs", False, [])


def test_a_plan_that_is_not_there_is_said_to_be_missing(token: str) -> None:
    assert Desk(token, "nowhere").state.missing

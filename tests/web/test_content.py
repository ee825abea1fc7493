"""The pages of paid content: what a tab's State holds for whom, and what the admin's desk stores."""

from pathlib import Path
from typing import Any

import pytest

from nestpay.billing import accounts, content_desk, downloads, sample_content
from nestpay.domain.errors import NotAllowed, SignInRequired
from nestpay.domain.orders import OrderStatus
from nestpay.settings import reset_settings
from nestpay.store.tables import OrderRow, PriceRecord, UserRow
from nestpay.web.admin.content.files_state import FilesState
from nestpay.web.admin.content.state import ContentDesk, ContentEditor
from nestpay.web.dashboard.orders.state import OrdersState
from nestpay.web.dashboard.purchases.state import MayState, PurchasesState
from nestpay.web.i18n import LOCALES, localized
from nestpay.web.library.state import ArticleList, OpenedState
from tests import builders
from tests.billing.people import PASSWORD, user_of
from tests.web.tabs import Tab, said, signed_in

pytestmark = pytest.mark.usefixtures("sqlite_database", "samples")

ADDRESS = "/article?slug=three-prices-that-sell"
PAID_WORDS = "A price without a neighbour is a riddle."
PAID = {
    "en": PAID_WORDS,
    "zh": "没有邻居的价格是一个谜。",
    "fr": "Un prix sans voisin est une devinette.",
}
FREE = {
    "en": "Most pricing pages fail",
    "zh": "大多数定价页面都败在同一个地方",
    "fr": "La plupart des pages de prix échouent",
}
TITLES = {"en": "Three prices that sell", "zh": "三个能卖出去的价格", "fr": "Trois prix qui se vendent"}


@pytest.fixture
def samples() -> None:
    assert sample_content.seed() == 4


def everything_in(tab: Tab) -> str:
    """All that the tab's State would send to its browser."""
    return str(tab.root.dict())


def buy(token: str) -> Any:
    price = next(row for row in builders.rows_of(PriceRecord, provider="stripe") if row.article_id)
    return builders.add_order(
        user_of(token).id, price, status=OrderStatus.SUCCEEDED, paid_at=builders.LONG_AGO, description="An article"
    )


def admin() -> str:
    token = signed_in("desk@example.com")
    builders.set_columns(UserRow, "email", "desk@example.com", role="admin")
    return token


def paid_words_in(tab: Tab) -> list[str]:
    """The languages whose paid words the tab's browser would get."""
    return [locale for locale, words in PAID.items() if words in everything_in(tab)]


@pytest.mark.parametrize("locale", LOCALES)
def test_the_state_of_a_visitor_holds_the_preview_and_not_one_paid_word_of_any_language(locale: str) -> None:
    for token in ("", signed_in()):
        tab = Tab(localized(ADDRESS, locale), token)
        tab.call(OpenedState.load_article)
        state = tab.state(OpenedState)
        assert (state.is_open, state.body, state.title) == (False, "", TITLES[locale])
        assert FREE[locale] in state.preview
        assert paid_words_in(tab) == []
        tab.go(localized("/articles", locale), token)
        tab.call(ArticleList.load)
        assert TITLES[locale] in {row.title for row in tab.state(ArticleList).rows}
        assert paid_words_in(tab) == []


@pytest.mark.parametrize("locale", LOCALES)
def test_a_buyer_reads_their_own_language_only_and_the_same_tab_is_emptied_by_the_refund(locale: str) -> None:
    token = signed_in()
    order = buy(token)
    tab = Tab(localized(ADDRESS, locale), token)
    tab.call(OpenedState.load_article)
    assert paid_words_in(tab) == [locale]
    builders.set_columns(OrderRow, "id", order.id, status=OrderStatus.REFUNDED)
    tab.call(OpenedState.load_article)
    assert paid_words_in(tab) == []


def test_what_the_refund_closed_shows_the_ways_to_open_it_again() -> None:
    tab = Tab(ADDRESS, signed_in())
    tab.call(OpenedState.load_article)
    assert [(way.button, way.price) for way in tab.state(OpenedState).ways] == [
        ("Buy the article", "$4"),
        ("Subscribe to the space", "$6/month"),
        ("Subscribe to the space", "$60/year"),
    ]


def test_a_list_says_what_is_free_what_is_ones_own_and_what_it_costs() -> None:
    tab = Tab("/articles")
    tab.call(ArticleList.load)
    words = {row.slug: row.word for row in tab.state(ArticleList).rows}
    assert words == {"what-customers-pay-for": "Free", "three-prices-that-sell": "$4"}
    token = signed_in()
    buy(token)
    mine = Tab("/zh/articles", token)
    mine.call(ArticleList.load)
    assert {row.word for row in mine.state(ArticleList).rows} == {"免费", "已为您开放"}


def test_an_address_that_leads_nowhere_says_so() -> None:
    for address in ("/article", "/article?slug=nowhere", "/space?slug=three-prices-that-sell"):
        tab = Tab(address)
        tab.call(OpenedState.load_space if address.startswith("/space") else OpenedState.load_article)
        assert tab.state(OpenedState).missing


def test_purchases_are_shown_to_their_owner_only() -> None:
    token = signed_in()
    buy(token)
    tab = Tab("/dashboard/purchases", token)
    tab.call(PurchasesState.load)
    (row,) = tab.state(PurchasesState).rows
    assert (row.title, row.kind, row.state) == ("Three prices that sell", "Article", "Yours")
    assert row.href == ADDRESS
    in_french = Tab("/fr/dashboard/purchases", token)
    in_french.call(PurchasesState.load)
    assert in_french.state(PurchasesState).rows[0].title == TITLES["fr"]
    other = Tab("/dashboard/purchases", signed_in("bob@example.com"))
    other.call(PurchasesState.load)
    assert other.state(PurchasesState).rows == []
    with pytest.raises(SignInRequired):
        Tab("/dashboard/purchases").call(PurchasesState.load)


def test_a_file_that_was_not_bought_is_refused() -> None:
    tab = Tab("/dashboard/purchases", signed_in())
    assert "/api/downloads/" not in said(tab.call(PurchasesState.download, "pricing-page-kit"))


def test_what_one_may_do_is_answered_for_every_feature() -> None:
    builders.seed_catalogue()
    tab = Tab("/dashboard/entitlements", signed_in())
    tab.call(MayState.load)
    answers = {row.name: (row.allowed, row.why) for row in tab.state(MayState).rows}
    assert answers["api"] == (False, "You have no plan that has it")


def test_the_desk_writes_a_space_and_says_when_somebody_was_faster() -> None:
    tab = Tab("/dashboard/admin/content/edit?kind=space", admin())
    tab.call(ContentEditor.load)
    form = {"title": "Night school", "slug": "night-school", "body": "*hush*", "month": "3", "published": True}
    assert "Saved." in said(tab.call(ContentEditor.save, form))
    state = tab.state(ContentEditor)
    assert (state.shown.month, state.shown.version, state.shown.kind) == ("3", 1, "space")
    assert "<em>hush</em>" in state.seen
    content_desk.save(content_desk.load("space", state.shown.id), by="somebody else")
    assert "Somebody else changed this" in said(tab.call(ContentEditor.save, form))
    listed = Tab("/dashboard/admin/content", admin_again())
    listed.call(ContentDesk.load)
    assert "Night school" in {row.title for row in listed.state(ContentDesk).rows}


def test_the_desk_writes_in_each_language_and_shows_the_one_that_is_written() -> None:
    tab = Tab("/dashboard/admin/content/edit?kind=article", admin())
    tab.call(ContentEditor.load)
    tab.call(ContentEditor.speak, "fr", "*chut*")
    assert (tab.state(ContentEditor).spoken, "<em>chut</em>" in tab.state(ContentEditor).seen) == ("fr", True)
    form = {"title": "Night", "slug": "night", "body": "hush", "title_fr": " Nuit ", "body_fr": "*chut*", "body_zh": ""}
    assert "Saved." in said(tab.call(ContentEditor.save, form))
    state = tab.state(ContentEditor)
    assert (state.words["title_fr"], state.words["body_fr"], state.words["title_zh"]) == ("Nuit", "*chut*", "")
    assert (state.spoken, "<em>chut</em>" in state.seen) == ("fr", True)
    tab.call(ContentEditor.speak, "made up", "hush")
    assert state.spoken == "en"


def test_an_order_says_what_was_bought_in_the_readers_language_and_keeps_a_name_it_had_then() -> None:
    token = signed_in()
    order = buy(token)
    for description, shown in ((TITLES["en"], TITLES["fr"]), ("As it was called then", "As it was called then")):
        builders.set_columns(OrderRow, "id", order.id, description=description)
        tab = Tab("/fr/dashboard/my-orders", token)
        tab.call(OrdersState.load)
        assert [row.description for row in tab.state(OrdersState).rows] == [shown]


def admin_again() -> str:
    return accounts.redeem_ticket(accounts.sign_in("desk@example.com", PASSWORD))


@pytest.fixture
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAR_DIR", str(tmp_path / "files"))
    monkeypatch.setenv("UPLOAD_LIMIT_MB", "1")
    reset_settings()
    downloads.folder().mkdir(parents=True)
    (downloads.folder() / "old.pdf").write_bytes(b"x" * 2_500_000)
    (downloads.folder() / "pricing-page-kit.md").write_text("the kit")


@pytest.mark.usefixtures("own_folder")
def test_the_desk_lists_files_and_asks_before_it_replaces_or_deletes() -> None:
    tab = Tab("/fr/dashboard/admin/content", admin())
    tab.call(FilesState.load)
    rows = {row.name: (row.size, row.is_used) for row in tab.state(FilesState).rows}
    assert rows == {"old.pdf": ("2,5\u202fMo", False), "pricing-page-kit.md": ("1\u202fko", True)}
    assert "XMLHttpRequest" in said(tab.call(FilesState.chosen, {"name": "new.pdf", "size": 5}))
    asked = said(tab.call(FilesState.chosen, {"name": "old.pdf", "size": 5}))
    assert ("showModal" in asked, "XMLHttpRequest" in asked) == (True, False)
    assert '("old.pdf", true)' in said(tab.call(FilesState.replace))
    tab.call(FilesState.ask_to_delete, "old.pdf")
    assert "old.pdf a été supprimé" in said(tab.call(FilesState.delete))
    tab.call(FilesState.ask_to_delete, "pricing-page-kit.md")
    assert "remet ce fichier" in said(tab.call(FilesState.delete))
    assert [row.name for row in tab.state(FilesState).rows] == ["pricing-page-kit.md"]


@pytest.mark.usefixtures("own_folder")
def test_what_cannot_be_uploaded_is_refused_before_it_is_sent_and_told_afterwards() -> None:
    tab = Tab("/dashboard/admin/content", admin())
    for file, told in (
        ({"name": "../secret", "size": 5}, "without slashes"),
        ({"name": 'a");alert(1);("', "size": 5}, "without slashes"),
        ({"name": "new.pdf", "size": 1_000_001}, "larger than 1 MB"),
    ):
        answer = said(tab.call(FilesState.chosen, file))
        assert (told in answer, "XMLHttpRequest" in answer) == (True, False)
    assert tab.call(FilesState.chosen, {}) == []
    for how, told in (
        ({"status": 201, "name": "new.pdf"}, "new.pdf is here."),
        ({"status": 413, "key": "errors.file_too_large", "limit": 1}, "larger than 1 MB"),
        ({"status": 409, "key": "errors.file_exists"}, "a file of this name"),
        ({"status": 0, "stopped": True}, "was stopped"),
        ({"status": 0}, "did not arrive"),
        ({"status": 500, "key": "made.up"}, "did not arrive"),
    ):
        assert told in said(tab.call(FilesState.ended, how))


def test_the_desk_is_for_admins() -> None:
    tab = Tab("/dashboard/admin/content", signed_in())
    for handler, arguments in (
        (ContentDesk.load, ()),
        (ContentDesk.retry, ("x",)),
        (ContentEditor.load, ()),
        (ContentEditor.speak, ("fr", "")),
        (ContentEditor.look_for_files, ()),
        (FilesState.load, ()),
        (FilesState.chosen, ({"name": "x", "size": 1},)),
        (FilesState.replace, ()),
        (FilesState.ended, ({},)),
        (FilesState.ask_to_delete, ("x",)),
        (FilesState.delete, ()),
    ):
        with pytest.raises(NotAllowed):
            tab.call(handler, *arguments)

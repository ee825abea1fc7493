"""Paid content from its reader's chair, and from the chair of somebody who listens to everything that the server says."""

import json
import re
import secrets
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from nestpay.web import pages as all_pages
from tests.browser.visitors import come_in, expect_paid, lever, new_admin, new_customer, orders_in, pay, payment_of
from tests.browser.wire import call, handlers
from tests.infra.server import Server

pytestmark = pytest.mark.browser
assert all_pages

ADDRESS = "/article?slug=three-prices-that-sell"
PAID_WORDS = "A price without a neighbour is a riddle."
IN_EVERY_LANGUAGE = (PAID_WORDS, "没有邻居的价格是一个谜。", "Un prix sans voisin est une devinette.")


def paid_words_in(text: str) -> list[str]:
    """Of each language, as they are or as JSON writes them."""
    return [words for words in IN_EVERY_LANGUAGE if words in text or json.dumps(words)[1:-1] in text]


def opener() -> str:
    """What a page of an article calls, by its name on the wire."""
    return next(name for name in handlers() if name.endswith("opened_state.load_article"))


def test_a_reader_buys_an_article_reads_it_and_loses_it_with_the_refund(
    page: Page, context: BrowserContext, server: Server
) -> None:
    heard: list[str] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: heard.append(str(frame))))
    email = new_customer(server)
    page.goto("/articles")
    page.locator("[data-slug=three-prices-that-sell]").click()
    expect(page.get_by_role("heading", name="Three prices that sell")).to_be_visible()
    expect(page.get_by_text("which of the three should carry the page")).to_be_visible()
    expect(page.locator("#ways")).to_contain_text("$4")
    expect(page.locator("#ways")).to_contain_text("Pricing Studio")
    come_in(page, server, email, to=ADDRESS)
    expect(page.locator("#ways")).to_be_visible()
    assert paid_words_in(page.content() + "".join(heard)) == []
    page.get_by_role("link", name="Buy the article").click()
    pay(page)
    expect_paid(page)
    page.get_by_role("link", name="Open it now").click()
    expect(page.get_by_text(PAID_WORDS)).to_be_visible()
    reader = context.new_page()
    reader.goto("/dashboard/purchases")
    expect(reader.get_by_role("link", name="Three prices that sell")).to_be_visible()
    order = orders_in(server, email)[0]
    lever(server, "refund", payment_intent=payment_of(server, order.id))
    expect(page.locator("#ways")).to_be_visible(timeout=20_000)
    expect(page.get_by_text(PAID_WORDS)).to_have_count(0)
    expect(reader.get_by_text("Refunded")).to_be_visible()
    page.reload()
    expect(page.locator("#ways")).to_be_visible()
    assert paid_words_in(page.content()) == []


def test_the_paid_words_reach_nobody_who_may_not_read_them(page: Page, server: Server) -> None:
    """Not in the HTML, and not over the websocket, whatever is asked for on it."""
    shown = ("/articles", "/article", ADDRESS, "/spaces", "/space?slug=pricing-studio")
    for path in (f"{prefix}{each}" for prefix in ("", "/zh", "/fr") for each in shown):
        assert paid_words_in(page.request.get(path).text()) == []
    page.goto("/terms")
    for prefix, free in (
        ("", "Most pricing pages fail in the same place"),
        ("/zh", "大多数定价页面都败在同一个地方"),
        ("/fr", "La plupart des pages de prix échouent"),
    ):
        said = call(page, prefix + ADDRESS, (opener(), {}), patience_ms=1200)
        assert free in said
        assert paid_words_in(said) == []
    come_in(page, server, new_customer(server))
    assert paid_words_in(call(page, f"/fr{ADDRESS}", (opener(), {}))) == []


def test_a_product_brings_its_key_and_its_file(page: Page, server: Server) -> None:
    come_in(page, server, new_customer(server), to="/product?slug=pricing-page-kit")
    page.get_by_role("link", name="Buy it").click()
    pay(page)
    expect_paid(page)
    page.goto("/dashboard/purchases")
    expect(page.get_by_text(re.compile(r"^[0-9A-F]{5}(-[0-9A-F]{5}){3}$"))).to_be_visible()
    with page.expect_download() as fetched:
        page.get_by_role("button", name="Download").click()
    assert fetched.value.suggested_filename == "pricing-page-kit.md"


def test_an_admin_uploads_a_file_and_a_french_reader_buys_and_downloads_it(
    page: Page, context: BrowserContext, server: Server, tmp_path: Path
) -> None:
    slug = f"kit-{secrets.token_hex(4)}"
    for name in ("first", "second"):
        (tmp_path / f"{slug}-{name}.md").write_text(name)
    come_in(page, server, new_admin(server), to="/dashboard/admin/content/edit?kind=product")
    fields = page.locator("#content-form")
    for name, value in (("title", "Price box"), ("slug", slug), ("preview", "A box."), ("once", "5")):
        fields.locator(f"[name={name}]").fill(value)
    page.get_by_label("Published").check()
    page.get_by_label("download").check()
    page.get_by_role("button", name="Français").click()
    fields.locator("[name=title_fr]").fill("La boîte à prix")
    choose_file(page.get_by_role("button", name="Upload a file"), tmp_path / f"{slug}-first.md")
    expect(page.get_by_text(f"{slug}-first.md is here.")).to_be_visible()
    fields.locator("select[name=file]").select_option(f"{slug}-first.md")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    page.goto("/dashboard/admin/content")
    row = page.get_by_role("row", name=f"{slug}-first.md")
    expect(row.get_by_role("button", name="Delete")).to_have_count(0)
    choose_file(row.get_by_role("button", name="Replace"), tmp_path / f"{slug}-second.md")
    page.get_by_role("dialog").get_by_role("button", name="Replace").click()
    expect(page.get_by_text(f"{slug}-first.md is here.")).to_be_visible()
    context.clear_cookies()
    come_in(page, server, new_customer(server), to=f"/fr/product?slug={slug}")
    expect(page.get_by_role("heading", name="La boîte à prix")).to_be_visible()
    page.get_by_role("link", name="Acheter").click()
    pay(page)
    expect_paid(page)
    page.goto("/fr/dashboard/purchases")
    expect(page.get_by_role("link", name="La boîte à prix")).to_be_visible()
    with page.expect_download() as fetched:
        page.get_by_role("button", name="Télécharger").click()
    assert (fetched.value.suggested_filename, fetched.value.path().read_text()) == (f"{slug}-first.md", "second")


def choose_file(button: Locator, file: Path) -> None:
    """Choose a file behind a button."""
    with button.page.expect_file_chooser() as chooser:
        button.click()
    chooser.value.set_files(file)

"""Every page on every kind of screen: it fits, it is light, it works by keyboard and without scripts."""

import gzip
import re
from datetime import datetime, timedelta, timezone

import httpx
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from tests.browser.visitors import come_in, new_customer
from tests.infra.server import Server
from tests.web.test_shell import EXPECTED

pytestmark = pytest.mark.browser

JS_BUDGET_KB, CSS_BUDGET_KB = 190, 25


@pytest.mark.parametrize("locale", ["", "/zh", "/fr"])
def test_prices_can_be_read_and_switched_with_javascript_off(browser: Browser, server: Server, locale: str) -> None:
    visitor = browser.new_context(base_url=server.url, java_script_enabled=False)
    tab = visitor.new_page()
    tab.goto(f"{locale}/pricing")
    expect(tab.locator("[data-plan=pro]:visible")).to_contain_text("19")
    tab.locator(".tab:has(input[value=year])").click()
    expect(tab.locator("[data-plan=pro]:visible")).to_contain_text("190")
    tab.locator(".tab:has(input[value=once])").click()
    expect(tab.locator("[data-plan=credits-500]:visible")).to_be_visible()
    visitor.close()


def test_moments_are_told_in_the_readers_own_time_zone(browser: Browser, server: Server) -> None:
    visitor = browser.new_context(base_url=server.url, timezone_id="Asia/Tokyo")
    tab = visitor.new_page()
    come_in(tab, server, new_customer(server), to="/fr/dashboard/credit-history")
    told = tab.locator("time[data-told=moment]").first
    expect(told).to_contain_text("UTC+9")
    here = datetime.fromisoformat(told.get_attribute("datetime") or "").astimezone(timezone(timedelta(hours=9)))
    expect(told).to_contain_text(f"{here:%Y, %H:%M}")
    visitor.close()


def test_the_pricing_page_keeps_its_weight(page: Page) -> None:
    loaded: set[str] = set()
    page.on("response", lambda answer: loaded.add(answer.url.split("?")[0]))
    page.goto("/pricing")
    page.wait_for_load_state("networkidle")
    weight = {
        kind: sum(len(gzip.compress(httpx.get(url).content)) for url in loaded if url.endswith(kind)) / 1024
        for kind in (".js", ".css")
    }
    assert 0 < weight[".js"] <= JS_BUDGET_KB, weight
    assert 0 < weight[".css"] <= CSS_BUDGET_KB, weight


@pytest.mark.parametrize(
    ("width", "theme"),
    [(320, "light"), (390, "dark"), (1280, "light")],
    ids=["small phone", "phone at night", "desktop"],
)
def test_every_page_fits_its_screen_and_complains_about_nothing(
    browser: Browser, server: Server, width: int, theme: str
) -> None:
    visitor = browser.new_context(base_url=server.url, viewport={"width": width, "height": 800}, color_scheme=theme)  # pyright: ignore[reportArgumentType]
    tab = visitor.new_page()
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(f"{tab.url}: {message.text}")

    tab.on("console", note)
    tab.on("pageerror", lambda error: complaints.append(f"{tab.url}: {error}"))
    come_in(tab, server, new_customer(server))
    too_wide = []
    for path in EXPECTED:
        for locale in ("", "/fr"):
            tab.goto(locale + path)
            tab.wait_for_load_state("networkidle")
            if tab.evaluate("document.documentElement.scrollWidth > innerWidth"):
                too_wide.append(locale + path)
    visitor.close()
    assert too_wide == []
    assert complaints == []


@pytest.mark.parametrize("path", ["/", "/pricing", "/sign-in", "/sign-up", "/terms"])
def test_a_page_has_one_title_one_main_part_and_names_for_all_it_offers(page: Page, path: str) -> None:
    page.goto(path)
    expect(page.locator("h1")).to_have_count(1)
    expect(page.locator("main")).to_have_count(1)
    nameless = page.evaluate(
        """() => [...document.querySelectorAll('a, button, input:not([type=hidden]), select')]
            .filter(e => !(e.innerText || '').trim() && !e.getAttribute('aria-label') && !(e.labels && e.labels.length))
            .map(e => e.outerHTML)"""
    )
    assert nameless == []


def test_the_keyboard_reaches_the_content_first_and_switches_intervals(page: Page) -> None:
    page.goto("/pricing")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.locator("input[value=month]").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("[data-plan=pro]:visible")).to_contain_text("$190")


def test_another_language_keeps_the_page_and_its_query(page: Page) -> None:
    page.goto("/pricing?canceled=1")
    page.get_by_role("button", name="Language").click()
    page.get_by_role("link", name="Français").click()
    page.wait_for_url("**/fr/pricing?canceled=1")
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    expect(page.get_by_text("Vous avez quitté la page de paiement")).to_be_visible()


def test_a_browser_that_speaks_chinese_is_offered_chinese_once(browser: Browser, server: Server) -> None:
    visitor = browser.new_context(base_url=server.url, locale="zh-CN")
    tab = visitor.new_page()
    tab.goto("/terms")
    expect(tab.get_by_text("本页面提供中文版。")).to_be_visible()
    tab.get_by_role("button", name="切换到中文").click()
    tab.wait_for_url("**/zh/terms")
    tab.goto("/terms")
    expect(tab.get_by_role("heading", name="Terms of service")).to_be_visible()
    tab.wait_for_load_state("networkidle")
    expect(tab.get_by_text("本页面提供中文版。")).to_have_count(0)
    visitor.close()


def test_day_and_night_can_be_switched_and_are_remembered(page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="Switch between light and dark").click()
    expect(page.locator("html")).to_have_class(re.compile("dark"))
    page.reload()
    expect(page.locator("html")).to_have_class(re.compile("dark"))


def test_an_address_that_leads_nowhere_says_so(page: Page) -> None:
    answer = page.goto("/no/such/page")
    assert answer
    assert answer.status == 404
    expect(page.get_by_role("heading", name="This page does not exist")).to_be_visible()

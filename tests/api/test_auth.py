"""The session's cookie: how it comes into a browser, how it leaves, and where the browser goes then."""

import pytest
from fastapi import FastAPI
from httpx import Response

from nestpay.api import auth
from nestpay.billing import accounts, throttle
from nestpay.settings import reset_settings
from tests.api.browser import Browser
from tests.billing.people import EMAIL, PASSWORD, enter

pytestmark = pytest.mark.usefixtures("sqlite_database")


@pytest.fixture
def browser() -> Browser:
    throttle.forget_everything()
    app = FastAPI()
    app.include_router(auth.router)
    return Browser(app)


def begin(browser: Browser, ticket: str, wanted: str = "/dashboard", **headers: str) -> Response:
    return browser.get("/api/auth/session", params={"ticket": ticket, "next": wanted}, headers=headers)


def test_a_ticket_becomes_a_cookie_that_scripts_cannot_read(browser: Browser) -> None:
    answer = begin(browser, accounts.sign_up(EMAIL, PASSWORD))
    assert (answer.status_code, answer.headers["location"]) == (303, "/dashboard")
    assert answer.headers["cache-control"] == "no-store"
    cookie = answer.headers["set-cookie"]
    parts = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert parts == {"httponly", "samesite=lax", "path=/", f"max-age={30 * 86400}"}
    user = accounts.current_user(browser.cookies["nestpay_session"])
    assert user is not None
    assert user.email == EMAIL


def test_over_https_the_cookie_is_secure(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SITE_URL", "https://127.0.0.1")
    reset_settings()
    assert "Secure" in begin(browser, accounts.sign_up(EMAIL, PASSWORD)).headers["set-cookie"]


def test_the_session_knows_its_browser_and_where_it_is(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUSTED_PROXY_HOPS", "1")
    reset_settings()
    begin(
        browser,
        accounts.sign_up(EMAIL, PASSWORD),
        **{"user-agent": "Lynx/2.9", "x-forwarded-for": "1.1.1.1, 198.51.100.7"},
    )
    user = accounts.current_user(browser.cookies["nestpay_session"])
    assert user is not None
    (seen,) = accounts.sessions_of(user.id)
    assert (seen.ip, seen.user_agent) == ("198.51.100.7", "Lynx/2.9")


@pytest.mark.parametrize("ticket", ["", "nonsense", "%00", "☃"])
def test_a_stale_ticket_sets_nothing_and_leads_on(browser: Browser, ticket: str) -> None:
    answer = begin(browser, ticket)
    assert (answer.status_code, answer.headers["location"]) == (303, "/dashboard")
    assert "set-cookie" not in answer.headers


def test_a_second_visit_with_the_same_ticket_keeps_the_first_cookie(browser: Browser) -> None:
    ticket = accounts.sign_up(EMAIL, PASSWORD)
    begin(browser, ticket)
    cookie = browser.cookies["nestpay_session"]
    begin(browser, ticket)
    assert browser.cookies["nestpay_session"] == cookie
    assert accounts.current_user(cookie) is not None


def test_signing_in_over_a_living_session_ends_that_one(browser: Browser) -> None:
    begin(browser, accounts.sign_up(EMAIL, PASSWORD))
    before = browser.cookies["nestpay_session"]
    begin(browser, accounts.sign_in(EMAIL, PASSWORD))
    assert browser.cookies["nestpay_session"] != before
    assert accounts.current_user(before) is None


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_another_site_cannot_sign_its_visitors_in(browser: Browser, site: str) -> None:
    ticket = accounts.sign_up(EMAIL, PASSWORD)
    assert "set-cookie" not in begin(browser, ticket, **{"sec-fetch-site": site}).headers
    assert "set-cookie" in begin(browser, ticket, **{"sec-fetch-site": "same-origin"}).headers


@pytest.mark.parametrize(
    "wanted",
    [
        "/",
        "/dashboard/my-orders?after=x&limit=3",
        "/zh/pricing#faq",
        "/payment/success?session_id=cs_1",
        "/search?next=https://evil.example/",
    ],
)
def test_paths_of_this_site_are_followed(browser: Browser, wanted: str) -> None:
    assert begin(browser, "", wanted).headers["location"] == wanted


@pytest.mark.parametrize(
    "wanted",
    [
        "",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "\x00/evil.example",
        " //evil.example",
        "https://evil.example/",
        "https:evil.example",
        "javascript:alert(1)",
        "dashboard",
        "/dashboard\r\nSet-Cookie: a=b",
    ],
)
def test_nobody_is_sent_anywhere_else(browser: Browser, wanted: str) -> None:
    for route in ("session", "sign-out"):
        answer = browser.get(f"/api/auth/{route}", params={"next": wanted})
        assert (answer.status_code, answer.headers["location"]) == (303, "/")


def test_the_cookie_of_an_ended_session_is_taken_out(browser: Browser) -> None:
    begin(browser, accounts.sign_up(EMAIL, PASSWORD))
    accounts.sign_out(browser.cookies["nestpay_session"])
    answer = browser.get("/api/auth/sign-out", params={"next": "/fr/"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/fr/")
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert "nestpay_session" not in browser.cookies


def test_a_link_cannot_sign_anybody_out(browser: Browser) -> None:
    _, token = enter()
    browser.cookies.set("nestpay_session", token)
    assert "set-cookie" not in browser.get("/api/auth/sign-out").headers
    assert accounts.current_user(token) is not None


def test_without_a_cookie_there_is_nothing_to_take_out(browser: Browser) -> None:
    assert "set-cookie" not in browser.get("/api/auth/sign-out").headers

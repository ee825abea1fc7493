"""Who is looking: asked from the database every time, and never mixed up between people in one tab."""

import asyncio
from typing import Any

import pytest
import reflex as rx
from reflex.state import BaseState

from nestpay.billing import accounts
from nestpay.domain.errors import NotAllowed, NotEnoughCredits, SignInRequired
from nestpay.web import pages as all_pages
from nestpay.web.auth.state import VerifyState
from nestpay.web.session import Session, StrangerGuard, me, requires, session_token, show_trouble, visitor_of
from nestpay.web.shell import pages
from tests.billing.people import PASSWORD, user_of
from tests.web.tabs import Tab, said, signed_in

assert all_pages
pytestmark = pytest.mark.usefixtures("sqlite_database")


class Probe:
    """A handler of each kind that tells whom it ran for."""

    @staticmethod
    @requires("customer")
    async def once(tab: Any) -> str:
        return me().email

    @staticmethod
    @requires("customer")
    async def steps(tab: Any) -> Any:
        yield me().email

    @staticmethod
    @requires("admin")
    async def for_admins(tab: Any) -> str:
        return me().email


async def _all(steps: Any) -> list[str]:
    return [step async for step in steps]


def test_a_handler_runs_for_whoever_the_cookie_says() -> None:
    tab = Tab("/dashboard", signed_in())
    assert asyncio.run(Probe.once(tab.root)) == "ada@example.com"
    assert asyncio.run(_all(Probe.steps(tab.root))) == ["ada@example.com"]


@pytest.mark.parametrize("token", ["", "made-up", "a" * 5000])
def test_nobody_gets_past_a_guard(token: str) -> None:
    tab = Tab("/dashboard", token)
    with pytest.raises(SignInRequired):
        asyncio.run(Probe.once(tab.root))
    with pytest.raises(SignInRequired):
        asyncio.run(_all(Probe.steps(tab.root)))


def test_an_ended_session_counts_at_once_in_a_tab_that_stays_open() -> None:
    token = signed_in()
    tab = Tab("/dashboard", token)
    accounts.sign_out(token)
    with pytest.raises(SignInRequired):
        asyncio.run(Probe.once(tab.root))


def test_a_customer_is_no_admin_until_somebody_makes_them_one() -> None:
    token = signed_in()
    tab = Tab("/dashboard", token)
    with pytest.raises(NotAllowed):
        asyncio.run(Probe.for_admins(tab.root))
    accounts.add_admin("ada@example.com", PASSWORD)
    tab = Tab("/dashboard", accounts.redeem_ticket(accounts.sign_in("ada@example.com", PASSWORD)))
    assert asyncio.run(Probe.for_admins(tab.root)) == "ada@example.com"


def test_outside_a_guarded_handler_there_is_no_user() -> None:
    with pytest.raises(SignInRequired):
        me()


def test_a_broken_cookie_header_is_nobody() -> None:
    tab = Tab()
    assert session_token(tab.root) == ""
    assert asyncio.run(visitor_of(tab.root)) is None


@pytest.mark.parametrize(
    "others", ['choice={"seen": [1, 2]}', 'note="never closed', "words=two of them", "café=1", "flag"]
)
def test_an_odd_cookie_of_another_script_signs_nobody_out(others: str) -> None:
    tab = Tab("/dashboard", signed_in(), others=others)
    assert asyncio.run(Probe.once(tab.root)) == "ada@example.com"


def test_the_header_says_who_and_how_many_credits() -> None:
    tab = Tab("/fr/dashboard", signed_in(name="Ada"))
    assert tab.call(Session.enter) == []
    session = tab.state(Session)
    assert (session.signed_in, session.name, session.initial, session.email_verified) == (True, "Ada", "A", False)
    assert (session.plan, session.credits) == ("", "0")


def test_a_stranger_on_a_customers_page_is_sent_to_sign_in_and_back() -> None:
    tab = Tab("/fr/dashboard/my-orders?x=1")
    assert "/fr/sign-in?next=%2Ffr%2Fdashboard%2Fmy-orders%3Fx%3D1" in said(tab.call(Session.enter))


def test_a_stranger_may_stay_on_a_public_page() -> None:
    tab = Tab("/pricing")
    assert tab.call(Session.enter) == []
    assert not tab.state(Session).signed_in


@pytest.mark.parametrize(
    ("path", "wish", "offered"),
    [
        ("/", "fr-CH,fr;q=0.9", "fr"),
        ("/", "zh-CN,en;q=0.8", "zh"),
        ("/", "de,fr", "fr"),
        ("/", "en", ""),
        ("/fr", "en-GB", "en"),
        ("/", "", ""),
    ],
)
def test_another_language_is_suggested_to_browsers_that_ask_for_it(path: str, wish: str, offered: str) -> None:
    tab = Tab(path, accept_language=wish)
    tab.call(Session.enter)
    assert tab.state(Session).suggestion == offered
    tab.call(Session.settle_language)
    tab.call(Session.enter)
    assert tab.state(Session).suggestion == ""


def test_signing_out_ends_the_session_empties_the_tab_and_clears_the_cookie() -> None:
    token = signed_in()
    tab = Tab("/zh/dashboard", token)
    tab.call(Session.enter)
    assert "/api/auth/sign-out?next=%2Fzh" in said(tab.call(Session.sign_out))
    assert tab.state(Session).email == ""
    assert accounts.current_user(token) is None


def hydrate(tab: Tab) -> None:
    event = rx.event.Event(name="reflex___state____state.hydrate_and_load", payload={})
    asyncio.run(StrangerGuard().preprocess(None, tab.root, event))  # pyright: ignore[reportArgumentType]


def test_what_one_person_saw_in_a_tab_is_gone_before_the_next_one_sees_it() -> None:
    tab = Tab("/dashboard", signed_in())
    hydrate(tab)
    tab.call(Session.enter)
    tab.state(VerifyState).mail_link = "a secret link"
    tab.go("/dashboard", signed_in("eve@example.com"))
    hydrate(tab)
    assert tab.state(Session).email == ""
    assert tab.state(VerifyState).mail_link == ""


class Basket(rx.State):
    """A State of a host app."""

    things: int = 0


def test_a_hosts_own_part_of_a_tab_stays_when_somebody_signs_in() -> None:
    tab = Tab("/dashboard")
    tab.state(Basket).things = 3
    tab.state(VerifyState).mail_link = "a secret link"
    tab.go("/dashboard", signed_in())
    event = rx.event.Event(name="reflex___state____state.hydrate_and_load", payload={})
    asyncio.run(StrangerGuard(("nestpay",)).preprocess(None, tab.root, event))  # pyright: ignore[reportArgumentType]
    assert (tab.state(Basket).things, tab.state(VerifyState).mail_link) == (3, "")


def test_the_same_person_finds_the_tab_as_it_was() -> None:
    tab = Tab("/dashboard", signed_in())
    hydrate(tab)
    tab.call(Session.enter)
    hydrate(tab)
    assert tab.state(Session).email == "ada@example.com"


def test_a_revoked_session_empties_the_tab_too() -> None:
    token = signed_in()
    tab = Tab("/dashboard", token)
    hydrate(tab)
    tab.call(Session.enter)
    accounts.sign_out_everywhere(user_of(token).id)
    hydrate(tab)
    assert tab.state(Session).email == ""


def test_trouble_is_told_in_plain_words_and_the_unexpected_without_details() -> None:
    assert "Not enough credits: 10 needed, 3 left." in said([show_trouble(NotEnoughCredits(needed=10, available=3))])
    assert "/sign-in?next=%2F" in said([show_trouble(SignInRequired())])
    told = said([show_trouble(ValueError("password=hunter2"))])
    assert "Something went wrong on our side." in told
    assert "hunter2" not in told


PUBLIC_HANDLERS = {
    "ArticleList": {"load"},
    "CheckoutState": set(),
    "OpenedState": {"load_article", "load_product", "load_space"},
    "PasswordState": {"clear", "ask", "choose"},
    "PricingState": {"refresh", "again"},
    "ProductList": {"load"},
    "Session": {"enter", "watch", "sign_out", "settle_language"},
    "SpaceList": {"load"},
    "SignInState": {"clear", "sign_in", "sign_up", "sign_in_as_demo"},
    "UsageExampleState": {"clear"},
    "VerifyState": {"arrive"},
}


def _below(kind: type[BaseState]) -> list[type[BaseState]]:
    return [each for child in kind.get_substates() for each in (child, *_below(child))]


def test_every_handler_is_guarded_or_known_to_be_for_everybody() -> None:
    """Any browser may call any of them; one that is on neither side was forgotten."""
    assert pages
    ours = [kind for kind in _below(rx.State) if kind.__module__.startswith("nestpay.")]
    open_to_all = {
        kind.__name__: {name for name, handler in kind.event_handlers.items() if not hasattr(handler.fn, "audience")}
        - {"setvar"}
        for kind in ours
    }
    assert {name: handlers for name, handlers in open_to_all.items() if handlers} == {
        name: handlers for name, handlers in PUBLIC_HANDLERS.items() if handlers
    }

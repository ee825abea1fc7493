"""What a host may say about itself, and what our pages bring along into its build."""

from pathlib import Path

import pytest
import reflex as rx

from nestpay.web import host, plugin
from nestpay.web import pages as all_pages
from nestpay.web.host import Host
from nestpay.web.tokens import TAILWIND

assert all_pages
ASSETS = Path(__file__).resolve().parents[2] / "assets"


def test_a_page_that_there_is_not_cannot_be_replaced() -> None:
    with pytest.raises(ValueError, match="no page at /prizing"):
        host.use(Host("Acme", has_users=False, instead={"/prizing": "/offers"}))
    assert host.current() is None


def test_a_host_with_users_must_say_where_they_sign_in() -> None:
    with pytest.raises(ValueError, match="Say where your users sign in"):
        host.use(Host("Acme", has_users=True, instead={}))
    assert (host.name(), host.sign_out()) == ("nestpay", None)


def test_tailwind_learns_our_words_and_a_host_keeps_its_own() -> None:
    own = rx.plugins.TailwindV4Plugin(config={"theme": {"extend": {"colors": {"accent": "#4f46e5", "brand": "red"}}}})
    plugins: list[rx.plugins.Plugin] = [own]
    plugin.give_words(plugins)
    colours = own.config["theme"]["extend"]["colors"]
    assert (colours["accent"], colours["brand"], colours["ink"]) == ("#4f46e5", "red", "var(--ink)")
    assert TAILWIND["theme"]["extend"]["colors"]["accent"] == "var(--accent)"


def test_a_host_without_tailwind_gets_it_and_one_with_the_third_is_told() -> None:
    plugins: list[rx.plugins.Plugin] = []
    plugin.give_words(plugins)
    assert [type(each) for each in plugins] == [rx.plugins.TailwindV4Plugin]
    with pytest.raises(ValueError, match="TailwindV4Plugin"):
        plugin.give_words([rx.plugins.TailwindV3Plugin()])


def test_our_stylesheet_travels_with_the_build_and_leaves_a_hosts_own_pages_alone() -> None:
    ((path, css),) = plugin.NestpayPlugin(ASSETS).get_static_assets()
    assert path == Path("styles/nestpay.css")
    assert isinstance(css, str)
    outside = [
        line
        for line in css.splitlines()
        if line.rstrip().endswith(("{", "}")) and "{" in line and not line.startswith(("@", " ", "/*"))
        if "nestpay" not in line
    ]
    assert outside == []

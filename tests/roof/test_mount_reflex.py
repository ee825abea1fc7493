"""nestpay inside a Reflex app that was there before: both keep their pages, and links lead to the host's doors."""

import os
import subprocess
import sys
from pathlib import Path

from nestpay.settings import get_settings

ROOT = Path(__file__).resolve().parents[2]
THE_HOST = """
import reflex as rx
from fastapi import FastAPI
from reflex.config import get_config

from nestpay.domain.errors import SignInRequired
from nestpay.mount import Person, into_reflex

routes, heard = FastAPI(), []

def theirs(exception: Exception) -> None:
    heard.append(str(exception))

class Users:
    def person_of(self, cookies):
        return None

app = rx.App(api_transformer=routes, backend_exception_handler=theirs)
app.add_page(lambda: rx.el.p("mine"), route="/")
app.add_page(lambda: rx.el.p("mine"), route="/home")
"""
COLLECTED = "app._register_plugin_pages(get_config().plugins)\n"


def run(program: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a host in a process of its own, for nestpay's pages are there for the whole process."""
    known = {**os.environ, "VAR_DIR": str(get_settings().var_dir), **environment}
    return subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=known, capture_output=True, text=True)


def test_a_host_keeps_what_it_has_and_links_lead_to_its_own_doors() -> None:
    program = f"""{THE_HOST}
ways = {{"/sign-in": "/login?from=app", "/dashboard": "/home", "/articles": ""}}
into_reflex(app, users=Users(), instead=ways, name="Acme")
{COLLECTED}
from nestpay.web.i18n import localized
from nestpay.web.session import sign_in_path

there = set(app._unevaluated_pages)
assert {{"index", "home", "pricing", "zh/pricing", "dashboard/my-orders", "dashboard/admin"}} <= there
assert not {{"dashboard", "articles", "zh/articles", "sign-in", "fr/sign-up", "dashboard/settings", "zh", "404"}} & there
assert app._unevaluated_pages["zh/pricing"].title.endswith(" · Acme")

assert sign_in_path("zh", "/zh/checkout") == "/login?from=app&next=%2Fzh%2Fcheckout"
assert (localized("/dashboard", "fr"), localized("/", "zh"), localized("/sign-up", "fr")) == ("/home", "/", "/login?from=app")
drawn = str(app._unevaluated_pages["terms"].component())
assert '"Acme"' in drawn and "/login?from=app" in drawn
assert '"nestpay"' not in drawn and "/articles" not in drawn and "Sign out" not in drawn

assert app.api_transformer[-1] is routes
assert "/login" in str(app.backend_exception_handler(SignInRequired()).args)
app.backend_exception_handler(ValueError("mine to tell"))
assert heard == ["mine to tell"]
"""
    done = run(program)
    assert done.returncode == 0, done.stderr


def test_an_address_that_both_want_is_refused_when_the_pages_are_built_with_the_way_out() -> None:
    program = f"{THE_HOST}app.add_page(lambda: rx.el.p('mine'), route='/pricing')\ninto_reflex(app)\n{COLLECTED}"
    done = run(program)
    assert done.returncode != 0
    assert 'into_reflex(app, instead={"/pricing": "/pricing"})' in done.stderr


def test_a_live_host_that_lets_other_sites_listen_is_refused() -> None:
    program = f"{THE_HOST}get_config().cors_allowed_origins = ['*']\ninto_reflex(app)\n"
    live = {"MODE": "live", "SITE_URL": "https://acme.example", "STRIPE_SECRET_KEY": "sk_live_x"}
    done = run(program, **live)
    assert 'cors_allowed_origins=["https://acme.example"]' in done.stderr

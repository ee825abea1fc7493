"""The forms for getting an account, getting in, and getting back in."""

from collections.abc import Mapping

import pytest

from nestpay.billing import accounts, identity, throttle
from nestpay.store.tables import UserRow
from nestpay.web.auth.state import PasswordState, SignInState, VerifyState, safe_next
from tests import builders
from tests.billing.people import EMAIL, OTHER_PASSWORD, PASSWORD, token_in_mail, user_of
from tests.web.tabs import Tab, said, signed_in

pytestmark = pytest.mark.usefixtures("sqlite_database")


@pytest.fixture(autouse=True)
def _counts_start_at_nothing() -> None:
    throttle.forget_everything()


def test_signing_up_leads_on_to_where_one_wanted_to_go() -> None:
    tab = Tab("/fr/sign-up?next=%2Ffr%2Fcheckout%3Fprice%3Dp1")
    told = said(tab.call(SignInState.sign_up, {"name": "Ada", "email": EMAIL, "password": PASSWORD}))
    assert "/api/auth/session?ticket=" in told
    assert "next=%2Ffr%2Fcheckout%3Fprice%3Dp1" in told
    assert PASSWORD not in told


def test_a_wrong_password_is_told_in_the_language_of_the_page() -> None:
    signed_in()
    tab = Tab("/zh/sign-in")
    tab.call(SignInState.sign_in, {"email": EMAIL, "password": "not this one"})
    assert tab.state(SignInState).error == "邮箱或密码错误。"
    assert not tab.state(SignInState).busy
    tab.call(SignInState.clear)
    assert tab.state(SignInState).error == ""


def test_nobody_gets_an_account_here_when_the_users_are_a_hosts() -> None:
    class Users:
        def person_of(self, cookies: Mapping[str, str]) -> None:
            return None

    identity.use(Users())
    try:
        form = {"name": "Eve", "email": EMAIL, "password": PASSWORD}
        assert Tab("/sign-up").call(SignInState.sign_up, form) == []
    finally:
        identity.use(None)
    assert builders.rows_of(UserRow) == []


def test_without_a_wish_one_lands_on_the_dashboard() -> None:
    signed_in()
    tab = Tab("/sign-in")
    assert "next=%2Fdashboard" in said(tab.call(SignInState.sign_in, {"email": EMAIL, "password": PASSWORD}))


@pytest.mark.parametrize("form", [{}, {"email": 5, "password": ["x"]}, {"email": EMAIL}])
def test_a_form_without_sense_is_refused_politely(form: dict[str, object]) -> None:
    tab = Tab("/sign-in")
    tab.call(SignInState.sign_in, form)
    assert tab.state(SignInState).error == "E-mail or password is wrong."


@pytest.mark.parametrize(
    "wanted", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/a\r\nb", ""]
)
def test_a_link_to_us_never_leads_on_to_somewhere_else(wanted: str) -> None:
    assert safe_next(wanted, "/dashboard") == "/dashboard"


def test_a_path_of_ours_is_kept() -> None:
    assert safe_next("/checkout?price=p1", "/dashboard") == "/checkout?price=p1"


def test_the_demo_button_signs_in_in_the_sandbox() -> None:
    accounts.seed_demo_accounts()
    assert "/api/auth/session?ticket=" in said(Tab("/sign-in").call(SignInState.sign_in_as_demo))


def test_a_forgotten_password_is_the_same_story_with_and_without_an_account() -> None:
    signed_in()
    known, unknown = Tab("/forgot-password"), Tab("/forgot-password")
    known.call(PasswordState.ask, {"email": EMAIL})
    unknown.call(PasswordState.ask, {"email": "nobody@example.com"})
    assert known.state(PasswordState).done
    assert unknown.state(PasswordState).done
    assert known.state(PasswordState).error == unknown.state(PasswordState).error == ""


def test_a_new_password_must_be_typed_twice_alike_and_then_works() -> None:
    signed_in()
    accounts.request_password_reset(EMAIL)
    tab = Tab(f"/reset-password?token={token_in_mail(EMAIL, 'reset')}")
    tab.call(PasswordState.choose, {"password": OTHER_PASSWORD, "again": PASSWORD})
    assert tab.state(PasswordState).error == "The two passwords differ."
    tab.call(PasswordState.choose, {"password": OTHER_PASSWORD, "again": OTHER_PASSWORD})
    assert tab.state(PasswordState).done
    assert accounts.sign_in(EMAIL, OTHER_PASSWORD)


def test_a_link_from_the_mail_proves_the_address_and_an_old_one_says_so() -> None:
    token = signed_in()
    tab = Tab("/verify-email", token)
    tab.call(VerifyState.arrive)
    state = tab.state(VerifyState)
    assert state.stage == "waiting"
    assert "/verify-email?token=" in state.mail_link
    tab.go(f"/verify-email?token={token_in_mail(EMAIL, 'verify')}", token)
    tab.call(VerifyState.arrive)
    assert state.stage == "verified"
    assert user_of(token).email_verified
    tab.go("/verify-email?token=nonsense", token)
    tab.call(VerifyState.arrive)
    assert state.stage == "stale"


def test_a_stranger_is_offered_no_mail() -> None:
    tab = Tab("/verify-email")
    tab.call(VerifyState.arrive)
    assert tab.state(VerifyState).mail_link == ""

"""Accounts, told as what people do with them."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlmodel import col, select

from nestpay.billing import accounts, throttle
from nestpay.domain.errors import (
    EmailTaken,
    InvalidEmail,
    NestpayError,
    NotFound,
    RateLimited,
    Refused,
    StaleLink,
    WeakPassword,
    WrongCredentials,
)
from nestpay.settings import reset_settings
from nestpay.store.session import reading, transaction
from nestpay.store.tables import AuditRow, EmailRow, OneTimeTokenRow, SessionRow, UserRow
from tests.billing.people import (
    EMAIL,
    OTHER_PASSWORD,
    PASSWORD,
    bonuses,
    enter,
    outcomes_of,
    templates_queued,
    token_in_mail,
    user_of,
)

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(autouse=True)
def _counts_start_at_nothing() -> None:
    throttle.forget_everything()


# Signing up


def test_who_signs_up_is_signed_in_at_once_and_gets_a_mail_to_prove_the_address() -> None:
    user, _ = enter("Ada@Example.com", name="Ada", locale="fr")
    assert (user.email, user.name, user.role, user.locale) == (EMAIL, "Ada", "customer", "fr")
    assert not user.email_verified
    assert templates_queued() == ["verify_email"]
    link = accounts.sandbox_mail_link(user.id, "verify")
    assert link is not None
    assert link.startswith("http://127.0.0.1:8000/fr/verify-email?token=")


def test_an_address_has_one_account_however_it_is_typed() -> None:
    enter()
    with pytest.raises(EmailTaken):
        accounts.sign_up(" ADA@example.COM ", OTHER_PASSWORD)


def test_of_two_who_sign_up_at_the_same_moment_one_gets_the_address() -> None:
    outcomes = outcomes_of(lambda: accounts.sign_up(EMAIL, PASSWORD), times=4)
    assert sum(isinstance(outcome, str) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, EmailTaken) for outcome in outcomes) == 3
    assert templates_queued() == ["verify_email"]


@pytest.mark.parametrize(
    ("email", "password", "refusal"),
    [("no address", PASSWORD, InvalidEmail), (EMAIL, "short", WeakPassword), (EMAIL, " " * 20, WeakPassword)],
)
def test_bad_addresses_and_short_passwords_are_refused(email: str, password: str, refusal: type[NestpayError]) -> None:
    with pytest.raises(refusal):
        accounts.sign_up(email, password)


def test_names_and_languages_that_make_no_sense_are_put_right() -> None:
    user, _ = enter(name="Ada\r\nBcc: x\x00\ud800" + "a" * 500, locale="xx")
    assert user.name.startswith("AdaBcc: x")
    assert len(user.name) == 100
    assert user.locale == "en"


def test_one_visitor_cannot_make_accounts_without_end() -> None:
    for _ in range(20):
        throttle.check("sign_up", "203.0.113.9")
    with pytest.raises(RateLimited):
        accounts.sign_up(EMAIL, PASSWORD, ip="203.0.113.9")


# Signing in and out


def test_the_right_password_opens_the_account_and_a_wrong_one_does_not() -> None:
    user, _ = enter()
    assert user_of(accounts.redeem_ticket(accounts.sign_in(" ADA@Example.com", PASSWORD))) == user
    for email, password in (
        (EMAIL, OTHER_PASSWORD),
        ("eve@example.com", PASSWORD),
        ("nonsense", PASSWORD),
        (EMAIL, "\ud800"),
    ):
        with pytest.raises(WrongCredentials):
            accounts.sign_in(email, password)


def test_a_password_typed_on_another_keyboard_is_the_same() -> None:
    accounts.sign_up(EMAIL, "mot de passe cr\u00e9\u00e9")
    accounts.sign_in(EMAIL, "mot de passe cre\u0301e\u0301")


def test_after_many_wrong_passwords_even_the_right_one_must_wait() -> None:
    enter()
    for _ in range(20):
        throttle.check("sign_in", EMAIL, "")
    with pytest.raises(RateLimited) as refusal:
        accounts.sign_in(EMAIL, PASSWORD)
    assert refusal.value.retry_after > 0


def test_a_ticket_works_once_and_for_a_minute(clock: time_machine.Traveller) -> None:
    enter()
    used, late = accounts.sign_in(EMAIL, PASSWORD), accounts.sign_in(EMAIL, PASSWORD)
    accounts.redeem_ticket(used)
    clock.shift(61)
    for ticket in (used, late, "", "nonsense", "\ud800"):
        with pytest.raises(StaleLink):
            accounts.redeem_ticket(ticket)


def test_a_ticket_that_is_redeemed_twice_at_once_makes_one_session() -> None:
    ticket = accounts.sign_up(EMAIL, PASSWORD)
    outcomes = outcomes_of(lambda: accounts.redeem_ticket(ticket), times=4)
    assert sum(isinstance(outcome, str) for outcome in outcomes) == 1


def test_signing_in_again_in_the_same_browser_ends_the_session_before() -> None:
    _, before = enter()
    after = accounts.redeem_ticket(accounts.sign_in(EMAIL, PASSWORD), replaces=before)
    assert after != before
    assert accounts.current_user(before) is None
    assert accounts.current_user(after) is not None


def test_no_token_and_a_made_up_one_are_nobody() -> None:
    for token in (None, "", "nonsense", "\ud800"):
        assert accounts.current_user(token) is None


def test_signing_out_ends_the_session_at_once_and_twice_is_no_error() -> None:
    _, token = enter()
    accounts.sign_out(token)
    assert accounts.current_user(token) is None
    accounts.sign_out(token)
    accounts.sign_out(None)


def test_a_session_ends_after_its_days(clock: time_machine.Traveller) -> None:
    _, token = enter()
    clock.shift(timedelta(days=29, hours=23))
    assert accounts.current_user(token) is not None
    clock.shift(timedelta(hours=1, seconds=3))
    assert accounts.current_user(token) is None


def test_a_disabled_user_has_no_sessions_and_cannot_sign_in(clock: time_machine.Traveller) -> None:
    user, token = enter()
    ticket = accounts.sign_in(EMAIL, PASSWORD)
    with transaction() as session:
        row = session.get_one(UserRow, user.id)
        row.disabled_at = datetime.now(UTC)
    clock.shift(3)
    assert accounts.current_user(token) is None
    with pytest.raises(StaleLink):
        accounts.redeem_ticket(ticket)
    with pytest.raises(WrongCredentials):
        accounts.sign_in(EMAIL, PASSWORD)


def test_being_seen_is_written_down_every_five_minutes_at_most(clock: time_machine.Traveller) -> None:
    user, token = enter()

    def last_seen() -> datetime:
        return accounts.sessions_of(user.id)[0].last_seen_at

    first = last_seen()
    clock.shift(timedelta(minutes=4))
    accounts.current_user(token)
    assert last_seen() == first
    clock.shift(timedelta(minutes=1))
    accounts.current_user(token)
    assert last_seen() >= first + timedelta(minutes=5)


def test_a_user_sees_every_browser_and_can_end_all_but_this_one() -> None:
    user, here = enter()
    there = accounts.redeem_ticket(accounts.sign_in(EMAIL, PASSWORD), ip="203.0.113.9", user_agent="Lynx/2.9")
    seen = accounts.sessions_of(user.id, this=here)
    assert [(browser.is_this_one, browser.ip, browser.user_agent) for browser in seen] == [
        (False, "203.0.113.9", "Lynx/2.9"),
        (True, "", ""),
    ]
    accounts.sign_out_everywhere(user.id, keep=here)
    assert accounts.current_user(there) is None
    assert accounts.current_user(here) is not None
    accounts.sign_out_everywhere(user.id)
    assert accounts.current_user(here) is None
    assert accounts.sessions_of(user.id) == ()


def test_neither_sessions_nor_tokens_nor_the_outbox_hold_what_opens_an_account() -> None:
    user, session_token = enter()
    accounts.request_password_reset(EMAIL)
    open_texts = (session_token, token_in_mail(user.id, "verify"), token_in_mail(user.id, "reset"), PASSWORD)
    with reading() as session:
        tables = (UserRow, SessionRow, OneTimeTokenRow, EmailRow)
        stored = repr([row.model_dump() for table in tables for row in session.exec(select(table))])
    for text in open_texts:
        assert text not in stored


# Passwords


def test_a_reset_sets_the_new_password_and_ends_every_session() -> None:
    user, token = enter()
    waiting_ticket = accounts.sign_in(EMAIL, PASSWORD)
    accounts.request_password_reset("ADA@example.com ")
    link_token = token_in_mail(EMAIL, "reset")
    with pytest.raises(WeakPassword):
        accounts.reset_password(link_token, "short")
    accounts.reset_password(link_token, OTHER_PASSWORD)
    assert accounts.current_user(token) is None
    with pytest.raises(StaleLink):
        accounts.redeem_ticket(waiting_ticket)
    with pytest.raises(WrongCredentials):
        accounts.sign_in(EMAIL, PASSWORD)
    assert user_of(accounts.redeem_ticket(accounts.sign_in(EMAIL, OTHER_PASSWORD))).id == user.id
    assert templates_queued() == ["password_changed", "password_reset", "verify_email", "welcome"]


def test_a_reset_proves_the_address_too() -> None:
    user, _ = enter()
    accounts.request_password_reset(EMAIL)
    accounts.reset_password(token_in_mail(EMAIL, "reset"), OTHER_PASSWORD)
    assert user_of(accounts.redeem_ticket(accounts.sign_in(EMAIL, OTHER_PASSWORD))).email_verified
    assert bonuses() == [(user.id, 100)]


def test_a_reset_link_works_once_for_an_hour_and_takes_its_siblings_along(clock: time_machine.Traveller) -> None:
    user, _ = enter()
    accounts.request_password_reset(EMAIL)
    sibling = token_in_mail(user.id, "reset")
    accounts.request_password_reset(EMAIL)
    used = token_in_mail(user.id, "reset")
    accounts.reset_password(used, OTHER_PASSWORD)
    accounts.request_password_reset(EMAIL)
    late = token_in_mail(user.id, "reset")
    clock.shift(timedelta(hours=1, seconds=1))
    for link_token in (sibling, used, late, "nonsense"):
        with pytest.raises(StaleLink):
            accounts.reset_password(link_token, PASSWORD)


def test_asking_for_a_reset_never_says_whether_there_is_an_account() -> None:
    for email in ("nobody@example.com", "nonsense", ""):
        accounts.request_password_reset(email)
    assert templates_queued() == []
    for _ in range(4):
        throttle.check("password_reset", "nobody@example.com", "")
    with pytest.raises(RateLimited):
        accounts.request_password_reset("nobody@example.com")


def test_a_changed_password_needs_the_old_one_and_keeps_this_session() -> None:
    user, here = enter()
    there = accounts.redeem_ticket(accounts.sign_in(EMAIL, PASSWORD))
    with pytest.raises(WrongCredentials):
        accounts.change_password(user.id, OTHER_PASSWORD, OTHER_PASSWORD)
    with pytest.raises(WeakPassword):
        accounts.change_password(user.id, PASSWORD, "short")
    accounts.change_password(user.id, PASSWORD, OTHER_PASSWORD, keep=here)
    assert accounts.current_user(here) is not None
    assert accounts.current_user(there) is None
    accounts.sign_in(EMAIL, OTHER_PASSWORD)
    assert "password_changed" in templates_queued()


# Profile, admins, demo


def test_name_and_language_change_at_once_and_only_for_those_who_exist() -> None:
    user, token = enter()
    accounts.set_name(user.id, " Ada Lovelace ")
    accounts.set_locale(user.id, "zh")
    assert (user_of(token).name, user_of(token).locale) == ("Ada Lovelace", "zh")
    with pytest.raises(NotFound):
        accounts.set_name("nobody", "Eve")


def test_an_operator_makes_an_admin_of_a_new_or_a_known_person_and_it_is_written_down() -> None:
    with pytest.raises(Refused):
        accounts.add_admin("boss@example.com")
    accounts.add_admin("Boss@example.com", PASSWORD)
    boss = user_of(accounts.redeem_ticket(accounts.sign_in("boss@example.com", PASSWORD)))
    assert (boss.role, boss.email_verified) == ("admin", True)
    ada, token = enter()
    accounts.add_admin(EMAIL)
    assert user_of(token).role == "admin"
    with reading() as session:
        lines = list(session.exec(select(AuditRow).order_by(col(AuditRow.id))))
    assert [(line.action, line.actor_id, line.subject) for line in lines] == [
        ("admin.add", "cli", boss.id),
        ("admin.add", "cli", ada.id),
    ]
    assert (lines[1].before, lines[1].after) == ({"role": "customer"}, {"role": "admin"})


def test_a_password_given_with_a_known_admin_replaces_the_old_one() -> None:
    _, token = enter()
    accounts.add_admin(EMAIL, OTHER_PASSWORD)
    assert accounts.current_user(token) is None
    accounts.sign_in(EMAIL, OTHER_PASSWORD)


def test_demo_accounts_are_there_once_with_the_demo_password(monkeypatch: pytest.MonkeyPatch) -> None:
    accounts.seed_demo_accounts()
    accounts.seed_demo_accounts()
    customer = user_of(accounts.redeem_ticket(accounts.sign_in(accounts.DEMO_CUSTOMER, "nestpay-demo")))
    admin = user_of(accounts.redeem_ticket(accounts.sign_in(accounts.DEMO_ADMIN, "nestpay-demo")))
    assert (customer.role, admin.role) == ("customer", "admin")
    assert customer.email_verified
    assert sorted(bonuses()) == sorted([(customer.id, 100), (admin.id, 100)])
    monkeypatch.setenv("DEMO_PASSWORD", OTHER_PASSWORD)
    reset_settings()
    accounts.seed_demo_accounts()
    accounts.sign_in(accounts.DEMO_CUSTOMER, OTHER_PASSWORD)


def test_there_are_no_demo_accounts_outside_the_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODE", "test")
    reset_settings()
    with pytest.raises(Refused):
        accounts.seed_demo_accounts()
    with pytest.raises(WrongCredentials):
        accounts.sign_in(accounts.DEMO_ADMIN, "nestpay-demo")

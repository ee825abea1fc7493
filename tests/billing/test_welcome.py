"""The address is proved by the mailbox that the link was sent to, and the bonus comes once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from sqlmodel import select

from nestpay.billing import accounts, throttle
from nestpay.billing.accounts import CurrentUser
from nestpay.domain.errors import (
    NotFound,
    RateLimited,
    StaleLink,
)
from nestpay.settings import reset_settings
from nestpay.store.session import reading
from nestpay.store.tables import CreditLogRow
from tests.billing.people import (
    EMAIL,
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


def test_a_proved_address_brings_the_bonus_and_a_welcome_once() -> None:
    user, token = enter()
    link_token = token_in_mail(user.id, "verify")
    assert accounts.verify_email(link_token).email_verified
    assert accounts.verify_email(link_token).id == user.id
    assert user_of(token).email_verified
    assert bonuses() == [(user.id, 100)]
    with reading() as session:
        line = session.exec(select(CreditLogRow)).one()
    assert (line.type, line.amount, line.one_time_balance_after) == ("signup_bonus", 100, 100)
    assert templates_queued() == ["verify_email", "welcome"]


def test_a_link_followed_by_many_at_once_grants_once() -> None:
    user, _ = enter()
    link_token = token_in_mail(user.id, "verify")
    outcomes = outcomes_of(lambda: accounts.verify_email(link_token), times=6)
    assert all(isinstance(outcome, CurrentUser) for outcome in outcomes)
    assert bonuses() == [(user.id, 100)]


def test_one_mailbox_gets_the_bonus_once_under_all_its_spellings() -> None:
    spellings = ("a.da@gmail.com", "ada@gmail.com", "ada+2@gmail.com", "ada@googlemail.com")
    links = [token_in_mail(enter(email)[0].id, "verify") for email in spellings]
    with ThreadPoolExecutor(4) as threads:
        verified = list(threads.map(accounts.verify_email, links))
    assert all(user.email_verified for user in verified)
    assert [amount for _, amount in bonuses()] == [100]


def test_without_a_bonus_in_the_settings_nothing_is_granted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNUP_BONUS_CREDITS", "0")
    reset_settings()
    user, _ = enter()
    assert accounts.verify_email(token_in_mail(user.id, "verify")).email_verified
    assert bonuses() == []


def test_a_link_that_is_made_up_too_old_or_of_another_kind_proves_nothing(clock: time_machine.Traveller) -> None:
    user, _ = enter()
    old = token_in_mail(user.id, "verify")
    accounts.request_password_reset(EMAIL)
    reset = token_in_mail(user.id, "reset")
    clock.shift(timedelta(days=3, seconds=1))
    for link_token in (old, reset, "", "nonsense", "\ud800"):
        with pytest.raises(StaleLink):
            accounts.verify_email(link_token)


def test_the_mail_can_be_had_again_a_few_times_and_not_when_proved() -> None:
    user, _ = enter()
    first = token_in_mail(user.id, "verify")
    accounts.resend_verification(user.id)
    second = token_in_mail(user.id, "verify")
    assert second != first
    accounts.verify_email(second)
    accounts.resend_verification(user.id)
    assert templates_queued().count("verify_email") == 2
    for _ in range(3):
        accounts.resend_verification(user.id)
    with pytest.raises(RateLimited):
        accounts.resend_verification(user.id)
    with pytest.raises(NotFound):
        accounts.resend_verification("nobody")


def test_links_in_mails_are_offered_in_sandbox_mode_only(monkeypatch: pytest.MonkeyPatch) -> None:
    user, _ = enter()
    assert accounts.sandbox_mail_link("Ada@example.com", "verify") == accounts.sandbox_mail_link(user.id, "verify")
    assert accounts.sandbox_mail_link(user.id, "reset") is None
    assert accounts.sandbox_mail_link("nobody", "verify") is None
    monkeypatch.setenv("MODE", "test")
    reset_settings()
    assert accounts.sandbox_mail_link(user.id, "verify") is None

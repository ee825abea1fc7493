"""An admin's acts on accounts count at once, are written down, and leave at least one admin."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from nestpay.billing import account_acts, accounts
from nestpay.domain.errors import LastAdmin, NestpayError, NotFound, NotYourself, WrongCredentials
from nestpay.store.tables import AuditRow, UserRow
from tests import builders
from tests.billing.people import PASSWORD, enter, user_of

pytestmark = pytest.mark.usefixtures("database")


def test_a_role_counts_at_once_in_a_tab_that_stays_open() -> None:
    user, token = enter()
    boss = builders.add_user("boss", role="admin")
    account_acts.set_role(user.id, "admin", by=boss, ip="203.0.113.9")
    assert user_of(token).role == "admin"
    account_acts.set_role(user.id, "customer", by=boss)
    assert user_of(token).role == "customer"
    account_acts.set_role(user.id, "customer", by=boss)
    lines = builders.rows_of(AuditRow)
    assert [(row.action, row.actor_id, row.before, row.after, row.subject) for row in lines] == [
        ("account.role", boss, {"role": "customer"}, {"role": "admin"}, f"user:{user.id}"),
        ("account.role", boss, {"role": "admin"}, {"role": "customer"}, f"user:{user.id}"),
    ]
    assert lines[0].ip == "203.0.113.9"


def test_the_last_admin_stays_one_whoever_asks() -> None:
    boss = builders.add_user("boss", role="admin")
    builders.add_user("gone", role="admin", disabled_at=builders.LONG_AGO)
    for act in (
        lambda: account_acts.set_role(boss, "customer", by=boss),
        lambda: account_acts.disable(boss, by="cli"),
    ):
        with pytest.raises(LastAdmin):
            act()
    assert builders.rows_of(UserRow, id=boss)[0].role == "admin"
    assert builders.counts(AuditRow) == (0,)


def test_two_admins_who_demote_each_other_at_once_leave_one() -> None:
    pair = [builders.add_user(name, role="admin") for name in ("ada", "bob")]

    def demote(victim: str) -> str:
        try:
            account_acts.set_role(victim, "customer", by="the other")
        except NestpayError as error:
            return type(error).__name__
        return "done"

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(demote, pair)) == ["LastAdmin", "done"]


def test_who_is_disabled_is_out_and_cannot_come_in_until_enabled() -> None:
    user, token = enter()
    boss = builders.add_user("boss", role="admin")
    account_acts.disable(user.id, by=boss)
    assert accounts.current_user(token) is None
    with pytest.raises(WrongCredentials):
        accounts.sign_in(user.email, PASSWORD)
    account_acts.enable(user.id, by=boss)
    assert accounts.sign_in(user.email, PASSWORD)
    assert accounts.current_user(token) is None
    with pytest.raises(NotYourself):
        account_acts.disable(boss, by=boss)


def test_signing_out_everywhere_ends_every_session() -> None:
    user, token = enter()
    account_acts.sign_out(user.id, by="boss")
    assert accounts.current_user(token) is None
    (line,) = builders.rows_of(AuditRow, action="account.sign_out")
    assert (line.before, line.after) == ({"sessions": 1}, {"sessions": 0})


def test_there_is_nothing_to_do_for_nobody() -> None:
    for act in (account_acts.disable, account_acts.enable, account_acts.sign_out):
        with pytest.raises(NotFound):
            act("nobody", by="boss")
    with pytest.raises(NotFound):
        account_acts.set_role("nobody", "admin", by="boss")

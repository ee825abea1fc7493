"""The watch's pages from an admin's chair: what they show, what they refuse, and that nobody else gets anywhere."""

import time
from datetime import timedelta
from typing import Any

import pytest

from nestpay.billing import account_acts, accounts
from nestpay.billing.clock import real_now
from nestpay.billing.paging import LAST_PAGE
from nestpay.domain.errors import NotAllowed, SignInRequired
from nestpay.domain.letters import Letter
from nestpay.store import audit, emails
from nestpay.store.session import transaction
from nestpay.store.tables import AuditRow, EmailRow, WebhookEventRow
from nestpay.web import pages as all_pages
from nestpay.web.admin.audit.state import AuditState
from nestpay.web.admin.emails import mail_page
from nestpay.web.admin.emails.mail_state import MailState
from nestpay.web.admin.emails.state import EmailsState
from nestpay.web.admin.home.state import TodayState
from nestpay.web.admin.listing import Listing
from nestpay.web.admin.reports.state import ReportsState
from nestpay.web.admin.sandbox.state import SandboxState
from nestpay.web.admin.webhooks.event_state import EventState
from nestpay.web.admin.webhooks.state import WebhooksState
from tests import builders
from tests.billing.people import EMAIL, PASSWORD, user_of
from tests.billing.test_replay import now_known, purchase_of_a_stranger
from tests.shop import Shop, shop, stripe_edge
from tests.web.tabs import Tab, said, signed_in

assert all_pages
DESK = "/dashboard/admin"
HANDLERS: list[tuple[Any, tuple[Any, ...]]] = [
    (TodayState.load, ()),
    (WebhooksState.load, ()),
    (WebhooksState.turn, ("",)),
    (WebhooksState.search, ({},)),
    (WebhooksState.count, ()),
    (WebhooksState.replay_all, ()),
    (WebhooksState.stop, ()),
    (EventState.load, ()),
    (EventState.retry, ()),
    (EventState.look, ()),
    (EventState.apply, ()),
    (EmailsState.load, ()),
    (EmailsState.turn, ("",)),
    (EmailsState.search, ({},)),
    (MailState.load, ()),
    (MailState.speak, ("fr",)),
    (MailState.resend, ()),
    (ReportsState.load, ()),
    (ReportsState.search, ({},)),
    (AuditState.load, ()),
    (AuditState.turn, ("",)),
    (AuditState.search, ({},)),
    (SandboxState.load, ()),
    (SandboxState.move, ({"days": "1"},)),
]

__all__ = ["shop", "stripe_edge"]


@pytest.fixture
def database(sqlite_database: str) -> str:
    """The use cases run on both databases in their own room; what is drawn of them is the same."""
    return sqlite_database


@pytest.fixture
def admin(shop: Shop) -> str:
    """An admin's session in a shop."""
    accounts.add_admin("root@example.com", PASSWORD)
    return accounts.redeem_ticket(accounts.sign_in("root@example.com", PASSWORD))


def test_nobody_but_an_admin_gets_anywhere(shop: Shop) -> None:
    for token, refusal in (
        ("", SignInRequired),
        ("made-up", SignInRequired),
        (signed_in("bob@example.com"), NotAllowed),
    ):
        for handler, given in HANDLERS:
            with pytest.raises(refusal):
                Tab(DESK, token).call(handler, *given)


def test_an_admin_who_is_one_no_more_is_refused_while_the_page_is_open(admin: str, shop: Shop) -> None:
    event = purchase_of_a_stranger(shop)
    tab = Tab(f"{DESK}/webhooks/event?id={event.id}", admin)
    tab.call(EventState.load)
    accounts.add_admin("grace@example.com", PASSWORD)
    account_acts.set_role(user_of(admin).id, "customer", by="grace")
    for handler in (EventState.retry, EventState.look, EventState.apply):
        with pytest.raises(NotAllowed):
            tab.call(handler)
    assert builders.rows_of(AuditRow, action="event.retry") == []


def test_today_leads_to_what_needs_somebody(admin: str, shop: Shop) -> None:
    purchase_of_a_stranger(shop)
    tab = Tab(f"/fr{DESK}", admin)
    tab.call(TodayState.load)
    state = tab.state(TodayState)
    (concern,) = state.concerns
    assert (concern.title, concern.href) == ("1 événement en échec", f"/fr{DESK}/webhooks?status=trouble")
    assert (state.own.currency, state.own.mrr, state.others) == ("USD", "0\xa0$US", [])


def test_the_inbox_is_filtered_by_its_address(admin: str, shop: Shop) -> None:
    event = purchase_of_a_stranger(shop)
    tab = Tab(f"{DESK}/webhooks?status=trouble&type=checkout", admin)
    tab.call(WebhooksState.load)
    state = tab.state(WebhooksState)
    assert [row.id for row in state.rows] == [event.id]
    assert (state.failed, state.is_narrowed, state.trouble) == ("1", True, "")
    assert "cus_stranger" in state.rows[0].error
    tab.call(WebhooksState.count)
    assert state.to_replay == 1
    assert "status=dead" in said(tab.call(WebhooksState.search, {"status": "dead", "type": ""}))


STATES: dict[str, Any] = {"webhooks": WebhooksState, "emails": EmailsState, "audit": AuditState}


@pytest.mark.parametrize("query", ["status=fine&first=0000-00-00&template=x", "first=9999-12-31&status=%00"])
def test_a_senseless_filter_is_said_and_shows_nothing(admin: str, query: str) -> None:
    for page, kind in STATES.items():
        tab = Tab(f"{DESK}/{page}?{query}", admin)
        tab.call(kind.load)
        assert tab.state(kind).rows == []


def test_a_made_up_cursor_is_said(admin: str) -> None:
    for page, kind in STATES.items():
        tab = Tab(f"{DESK}/{page}?after=sideways:1", admin)
        tab.call(kind.load)
        assert tab.state(kind).trouble == "There is no such thing."


def test_a_list_turns_by_its_address_to_its_end(admin: str) -> None:
    with transaction() as session:
        for number in range(30):
            subject, at = f"plan:{number:02}", real_now() + timedelta(seconds=number)
            audit.append(session, at=at, actor_id="cli", action="plan.edit", subject=subject)
            time.sleep(0.002)  # ids are in the order of their milliseconds
    tab = Tab(f"{DESK}/audit?action=plan&after={LAST_PAGE}", admin)
    tab.call(AuditState.load)
    state = tab.state(AuditState)
    assert (state.rows[-1].subject, len(state.rows), state.older) == ("plan:00", 25, "")
    assert f"{DESK}/audit?action=plan&after=newer%3A" in said(tab.call(AuditState.turn, state.newer))
    tab.go(f"{DESK}/audit?action=plan&after={state.newer}", admin)
    tab.call(AuditState.load)
    assert [row.subject for row in tab.state(AuditState).rows] == [f"plan:{number}" for number in range(29, 24, -1)]


@pytest.mark.parametrize("kind", Listing.__subclasses__(), ids=lambda kind: kind.__name__)
def test_a_list_that_nothing_is_asked_of_leaves_its_form_as_it_was_drawn(admin: str, kind: type[Listing]) -> None:
    tab = Tab(kind.address, admin)
    tab.call(kind.load)
    state = tab.state(kind)
    assert (state.loading, state.form_key, state.is_narrowed) == (False, "", False)
    assert set(state.given) == set(kind.filters)


def test_an_event_is_looked_at_and_then_applied(admin: str, shop: Shop) -> None:
    event = purchase_of_a_stranger(shop)
    now_known(shop)
    tab = Tab(f"{DESK}/webhooks/event?id={event.id}", admin)
    tab.call(EventState.load)
    tab.call(EventState.look)
    state = tab.state(EventState)
    balance = next(change for change in state.changes if change.table == "usage")
    field = next(line for line in balance.fields if line.name == "one_time_credits_balance")
    assert (field.before, field.after, balance.is_new) == ("0", "500", False)
    assert "The event is applied." in said(tab.call(EventState.apply))
    assert (state.event.status, state.looked, state.error) == ("done", False, "")
    assert builders.rows_of(AuditRow, action="event.replay")[0].actor_id == user_of(admin).id


def test_what_is_not_what_was_shown_any_more_is_not_done(admin: str, shop: Shop) -> None:
    event = purchase_of_a_stranger(shop)
    tab = Tab(f"{DESK}/webhooks/event?id={event.id}", admin)
    tab.call(EventState.load)
    tab.call(EventState.look)
    assert "cus_stranger" in tab.state(EventState).refusal
    now_known(shop)
    assert "no longer what was shown" in said(tab.call(EventState.apply))
    assert builders.rows_of(WebhookEventRow)[0].status == "failed"


def test_an_event_that_fails_again_says_so(admin: str, shop: Shop) -> None:
    event = purchase_of_a_stranger(shop)
    tab = Tab(f"{DESK}/webhooks/event?id={event.id}", admin)
    tab.call(EventState.load)
    assert "It failed again" in said(tab.call(EventState.retry))
    tab.go(f"{DESK}/webhooks/event?id=nothing", admin)
    tab.call(EventState.load)
    assert tab.state(EventState).missing


def test_a_mail_is_read_in_every_language_and_sent_again(admin: str, shop: Shop) -> None:
    with transaction() as session:
        letter = Letter(dedupe_key="k", recipient=EMAIL, template="welcome", context={"name": "<b>Ada", "credits": 5})
        emails.enqueue(session, [letter], real_now())
    (mail,) = builders.rows_of(EmailRow)
    tab = Tab(f"{DESK}/emails?recipient={EMAIL}", admin)
    tab.call(EmailsState.load)
    assert [row.id for row in tab.state(EmailsState).rows] == [mail.id]
    tab.go(f"{DESK}/emails/email?id={mail.id}", admin)
    tab.call(MailState.load)
    state = tab.state(MailState)
    english = state.subject
    assert (state.spoken, "&lt;b&gt;Ada" in state.html) == ("en", True)
    tab.call(MailState.speak, "zh")
    assert (state.spoken, state.subject == english) == ("zh", False)
    assert "on its way again" in said(tab.call(MailState.resend))
    assert builders.counts(EmailRow) == (2,)


def test_the_audit_log_links_to_what_it_speaks_of(admin: str) -> None:
    with transaction() as session:
        audit.append(
            session, at=real_now(), actor_id=user_of(admin).id, action="plan.edit", subject="plan:1", after={"a": "<b>"}
        )
    tab = Tab(f"{DESK}/audit?actor=root@example.com&action=plan", admin)
    tab.call(AuditState.load)
    (line,) = tab.state(AuditState).rows
    assert (line.actor, line.href) == ("root@example.com", f"{DESK}/plans/plan?id=1")
    assert [(each.name, each.after) for each in line.differences] == [("a", "<b>")]
    assert "plan.edit" in tab.state(AuditState).actions


def test_the_reports_are_of_the_range_and_currency_in_the_address(admin: str) -> None:
    tab = Tab(f"{DESK}/reports?first=2027-01-01&last=2027-01-31&step=week&currency=USD", admin)
    tab.call(ReportsState.load)
    state = tab.state(ReportsState)
    assert state.asked == {"first": "2027-01-01", "last": "2027-01-31", "step": "week", "currency": "usd"}
    assert (len(state.growth_table.lines), state.growth["mrr"], state.growth["ltv"]) == (5, "$0", "–")
    assert (state.growing, state.earning, state.counting, state.trouble) == (False, False, False, "")


def test_a_range_that_makes_no_sense_shows_the_last_thirty_days_and_says_so(admin: str) -> None:
    for query in ("first=2027-02-01&last=2027-01-01", "first=0000-01-01", "step=century", "last=²"):
        tab = Tab(f"{DESK}/reports?{query}&currency=doubloon", admin)
        tab.call(ReportsState.load)
        state = tab.state(ReportsState)
        assert state.trouble.startswith("Give two dates")
        assert (state.asked["currency"], len(state.revenue_table.lines)) == ("usd", 30)


def test_a_sandbox_that_does_not_answer_is_said(admin: str) -> None:
    tab = Tab(f"{DESK}/sandbox", admin)
    assert "did not answer" in said(tab.call(SandboxState.load))
    for form in ({}, {"days": "-1"}, {"days": "1e9"}, {"days": "²", "hours": "x"}, {"days": "99999"}):
        assert "whole number" in said(tab.call(SandboxState.move, form))


def test_a_mail_is_shown_in_a_frame_that_may_do_nothing() -> None:
    drawn = str(mail_page.email().render())
    assert 'sandbox:""' in drawn
    assert "dangerouslySetInnerHTML" not in drawn

"""The desk's orders, subscriptions, customers and credits: what the address asks for, what is shown, who may act."""

from typing import Any

import pytest

from nestpay.billing import account_acts, accounts
from nestpay.domain.errors import NotAllowed
from nestpay.domain.orders import OrderStatus
from nestpay.store.tables import AuditRow, UsageRow, UserRow
from nestpay.web.admin.credits.state import CreditsDesk
from nestpay.web.admin.customers.acts_state import CustomerActs
from nestpay.web.admin.customers.one_state import CustomerPage
from nestpay.web.admin.customers.state import CustomersDesk
from nestpay.web.admin.orders.one_state import OrderPage
from nestpay.web.admin.orders.refund_state import RefundState
from nestpay.web.admin.orders.state import OrdersDesk
from nestpay.web.admin.subscriptions.change_state import PlanChange
from nestpay.web.admin.subscriptions.one_state import SubscriptionPage
from nestpay.web.admin.subscriptions.state import SubscriptionsDesk
from nestpay.web.dashboard.settings.state import SettingsState
from tests import builders
from tests.billing.people import EMAIL, PASSWORD, user_of
from tests.web.tabs import Tab, said, signed_in

pytestmark = pytest.mark.usefixtures("sqlite_database")

BOSS = "boss@example.com"
SCRIPT = "<script>alert(1)</script>"
DESK = "/dashboard/admin"


@pytest.fixture
def boss() -> str:
    """An admin's session token."""
    token = signed_in(BOSS)
    account_acts.set_role(user_of(token).id, "admin", by="cli")
    return token


def test_the_list_shows_what_the_address_asks_for_and_then_its_totals(boss: str) -> None:
    ada = builders.add_user("ada")
    order = builders.add_order(ada, status=OrderStatus.SUCCEEDED, description=SCRIPT)
    builders.add_order(builders.add_user("bob"))
    tab = Tab(f"{DESK}/orders?text=ada@&status=succeeded", boss)
    tab.call(OrdersDesk.load)
    state = tab.state(OrdersDesk)
    assert [(line.id, line.what, line.amount, line.email) for line in state.rows] == [
        (order.id, SCRIPT, "$9.00", "ada@example.com")
    ]
    assert (state.is_narrowed, state.adding) == (True, True)
    assert "text=ada%40&status=succeeded" in state.csv_url
    tab.call(OrdersDesk.add_up)
    assert [(total.currency, total.count, total.paid) for total in tab.state(OrdersDesk).totals] == [
        ("USD", "1 order", "$9.00")
    ]


def test_filters_go_into_the_address_and_nonsense_is_said_in_words(boss: str) -> None:
    tab = Tab(f"/fr{DESK}/orders", boss)
    asked = said(tab.call(OrdersDesk.search, {"text": " é&x=1 ", "status": "failed", "sort": "", "other": "no"}))
    assert f"/fr{DESK}/orders?text=%C3%A9%26x%3D1&status=failed" in asked
    assert "other" not in asked
    for query in ("since=never", "at_most=1e9999", "status=%3Cscript%3E", "after=sideways:1"):
        tab.go(f"/fr{DESK}/orders?{query}", boss)
        tab.call(OrdersDesk.load)
        state = tab.state(OrdersDesk)
        assert state.trouble, query
        assert (state.rows, state.loading) == ([], False)
        tab.call(OrdersDesk.add_up)
        assert tab.state(OrdersDesk).adding is False


@pytest.mark.parametrize(
    ("handler", "state"),
    [
        (SubscriptionsDesk.load, SubscriptionsDesk),
        (CustomersDesk.load, CustomersDesk),
        (CreditsDesk.load, CreditsDesk),
    ],
)
def test_every_list_takes_any_address(boss: str, handler: Any, state: Any) -> None:
    for query in (
        "text=%00",
        f"text={SCRIPT}",
        "after=older:%ED%A0%80|1",
        "status=x&type=y&kind=z",
        "text=" + "a" * 999,
    ):
        tab = Tab(f"{DESK}?{query}", boss)
        tab.call(handler)
        assert tab.state(state).loading is False


@pytest.mark.parametrize("given", ["", "nothing", "../../etc", "' or 1=1", "é" * 500, "%00"])
def test_a_thing_that_is_not_there_says_so(boss: str, given: str) -> None:
    for page, state in ((OrderPage, OrderPage), (SubscriptionPage, SubscriptionPage), (CustomerPage, CustomerPage)):
        tab = Tab(f"{DESK}/x?id={given}", boss)
        tab.call(page.load)
        assert tab.state(state).stage == "missing"
    tab.call(RefundState.open)
    tab.call(RefundState.simulate, {"amount": "5"})
    assert tab.state(RefundState).trouble == "There is no such thing."
    tab.call(RefundState.refund)
    tab.call(PlanChange.open)
    tab.call(PlanChange.quote, {"price": given, "quantity": "-1"})
    assert tab.state(PlanChange).is_ready is False
    tab.call(PlanChange.agree)


def test_a_pause_until_a_day_that_is_none_is_said_in_words(boss: str) -> None:
    tab = Tab(f"{DESK}/subscriptions/subscription?id=nothing", boss)
    assert "never" in said(tab.call(SubscriptionPage.pause, {"pause_until": "never"}))
    assert tab.state(SubscriptionPage).busy == ""
    assert said(tab.call(SubscriptionPage.pause, {"pause_until": ""}))


def test_an_admin_who_is_demoted_while_the_page_is_open_can_do_nothing_more(boss: str) -> None:
    ada = builders.add_user("ada", role="admin")
    order = builders.add_order(ada, status=OrderStatus.SUCCEEDED)
    tab = Tab(f"{DESK}/orders/order?id={order.id}", boss)
    tab.call(OrderPage.load)
    tab.call(RefundState.simulate, {"amount": ""})
    assert tab.state(RefundState).trouble or tab.state(RefundState).is_ready
    account_acts.set_role(user_of(boss).id, "customer", by=ada)
    acts = (SubscriptionPage.sync, SubscriptionPage.unpause, SubscriptionPage.unschedule)
    for handler in (OrderPage.load, OrderPage.ask, RefundState.refund, CustomerActs.disable, *acts):
        with pytest.raises(NotAllowed):
            tab.call(handler)
    assert {row.action for row in builders.rows_of(AuditRow, actor_id=user_of(boss).id)} == set()


def test_the_last_admin_cannot_demote_disable_or_delete_himself(boss: str) -> None:
    me = user_of(boss).id
    tab = Tab(f"{DESK}/customers/customer?id={me}", boss)
    tab.call(CustomerPage.load)
    assert (tab.state(CustomerPage).customer.is_last_admin, tab.state(CustomerPage).customer.is_me) == (True, True)
    assert "Somebody has to be left" in said(tab.call(CustomerActs.make_customer))
    for refused in (tab.call(CustomerActs.disable), tab.call(CustomerActs.delete, {"email": BOSS})):
        assert "Nobody does this to their own account" in said(refused)
    assert builders.rows_of(UserRow, id=me)[0].role == "admin"


def test_credits_are_adjusted_once_by_two_clicks_and_only_with_a_reason(boss: str) -> None:
    ada = builders.add_user("ada")
    tab = Tab(f"{DESK}/customers/customer?id={ada}", boss)
    for handler in (CustomerPage.load, CustomerActs.open, CustomerPage.explain):
        tab.call(handler)
    tab.call(CustomerActs.adjust, {"credits": "50", "reason": "  "})
    assert tab.state(CustomerActs).trouble.startswith("Say why")
    for nonsense in ("", "ten", "1.5", "1e9", "0", "9" * 40, "--5", "-999"):
        assert said(tab.call(CustomerActs.adjust, {"credits": nonsense, "reason": SCRIPT})), nonsense
    key = tab.state(CustomerActs)._key
    tab.call(CustomerActs.adjust, {"credits": "+50", "reason": SCRIPT})
    tab.state(CustomerActs)._key = key
    tab.call(CustomerActs.adjust, {"credits": "+50", "reason": SCRIPT})
    tab.call(CustomerPage.load)
    assert tab.state(CustomerPage).customer.credits[0].value == "50"
    tab.go(f"{DESK}/credits?text=ada", boss)
    tab.call(CreditsDesk.load)
    tab.call(CreditsDesk.add_up)
    assert [(line.amount, line.detail) for line in tab.state(CreditsDesk).rows] == [("+50", SCRIPT)]
    assert tab.state(CreditsDesk).totals[0].value == "50"


def test_an_account_is_changed_and_deleted_from_its_page(boss: str) -> None:
    token = signed_in(EMAIL, name=SCRIPT)
    ada = user_of(token).id
    tab = Tab(f"{DESK}/customers/customer?id={ada}", boss)
    tab.call(CustomerPage.load)
    assert tab.state(CustomerPage).customer.name == SCRIPT
    assert [each.text for each in tab.state(CustomerPage).customer.browsers]
    for act in (CustomerActs.make_admin, CustomerActs.make_customer, CustomerActs.disable, CustomerActs.enable):
        tab.call(act)
    tab.call(CustomerActs.sign_out)
    assert accounts.current_user(token) is None
    tab.call(CustomerPage.load)
    assert len(tab.state(CustomerPage).customer.audit) == 5
    assert "not the address" in said(tab.call(CustomerActs.delete, {"email": "somebody@else.example"}))
    tab.call(CustomerActs.delete, {"email": f" {EMAIL.upper()} "})
    tab.call(CustomerPage.load)
    assert (tab.state(CustomerPage).customer.is_deleted, tab.state(CustomerPage).customer.name) == (True, "")
    assert {row.ip for row in builders.rows_of(AuditRow, actor_id=user_of(boss).id)} == {"127.0.0.1"}


def test_a_frozen_account_is_unfrozen_from_its_page_with_a_reason(boss: str) -> None:
    ada = user_of(signed_in(EMAIL)).id
    builders.set_columns(UsageRow, "user_id", ada, is_frozen=True, debt=30)
    tab = Tab(f"{DESK}/customers/customer?id={ada}", boss)
    tab.call(CustomerPage.load)
    assert tab.state(CustomerPage).customer.is_frozen
    tab.call(CustomerActs.unfreeze, {"unfreeze_reason": " "})
    assert builders.rows_of(UsageRow, user_id=ada)[0].is_frozen
    tab.call(CustomerActs.unfreeze, {"unfreeze_reason": "Paid by bank transfer."})
    tab.call(CustomerPage.load)
    assert not tab.state(CustomerPage).customer.is_frozen
    assert builders.rows_of(UsageRow, user_id=ada)[0].debt == 30


def test_a_customer_deletes_their_own_account_on_their_password() -> None:
    token = signed_in()
    tab = Tab("/dashboard/settings", token)
    tab.call(SettingsState.delete_account, {"delete-password": "guess"})
    assert accounts.current_user(token)
    assert "/api/auth/sign-out" in said(tab.call(SettingsState.delete_account, {"delete-password": PASSWORD}))
    assert accounts.current_user(token) is None

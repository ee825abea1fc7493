"""What a customer sees and does on the pages of the dashboard."""

from datetime import UTC, datetime

import pytest

from nestpay.billing import accounts
from nestpay.domain.errors import NotFound
from nestpay.store.tables import UsageRow
from nestpay.web.dashboard.credits.state import CreditsState
from nestpay.web.dashboard.orders.state import OrdersState
from nestpay.web.dashboard.overview.state import OverviewState
from nestpay.web.dashboard.settings.state import SettingsState, browser_name
from nestpay.web.dashboard.subscription.state import SubscriptionState
from nestpay.web.dashboard.usage_example.state import UsageExampleState
from nestpay.web.i18n.moments import day, moment
from tests import builders
from tests.billing.people import EMAIL, OTHER_PASSWORD, PASSWORD, token_in_mail, user_of
from tests.web.tabs import Tab, said, signed_in

pytestmark = pytest.mark.usefixtures("sqlite_database")


@pytest.fixture
def token() -> str:
    """A customer who has proved the address and so holds the 100 welcome credits."""
    mine = signed_in()
    accounts.verify_email(token_in_mail(EMAIL, "verify"))
    return mine


def test_the_overview_shows_credits_and_where_they_came_from(token: str) -> None:
    tab = Tab("/dashboard", token)
    tab.call(OverviewState.load)
    state = tab.state(OverviewState)
    assert (state.loading, state.plan, state.total, state.one_time_credits) == (False, "No plan", "100", "100")
    assert [(line.kind, line.amount, line.is_gain) for line in state.lines] == [("Welcome credits", "+100", True)]


def test_a_new_customer_has_no_orders_and_no_subscription(token: str) -> None:
    tab = Tab("/dashboard", token)
    tab.call(OrdersState.load)
    tab.call(SubscriptionState.load)
    assert (tab.state(OrdersState).loading, tab.state(OrdersState).rows) == (False, [])
    assert (tab.state(SubscriptionState).loading, tab.state(SubscriptionState).shown.kind) == (False, "none")


def test_spending_shows_in_the_answer_and_in_the_history(token: str) -> None:
    tab = Tab("/fr/dashboard/credit-usage-example", token)
    tab.call(UsageExampleState.clear)
    state = tab.state(UsageExampleState)
    tab.call(UsageExampleState.use, "medium", state.key)
    assert (state.message, state.refused, state.busy) == ("Fait pour 10. Il reste 90 crédits.", False, "")
    tab.call(CreditsState.load)
    first = tab.state(CreditsState).rows[0]
    assert (first.kind, first.amount, first.one_time_after) == ("Utilisation", "−10", "90")
    assert tab.state(CreditsState).total == "90"


def test_who_has_too_little_is_refused_politely(token: str) -> None:
    tab = Tab("/dashboard/credit-usage-example", token)
    tab.call(UsageExampleState.clear)
    state = tab.state(UsageExampleState)
    tab.call(UsageExampleState.use, "large", state.key)
    tab.call(UsageExampleState.use, "small", state.key)
    assert (state.refused, state.message) == (True, "Not enough credits: 1 needed, 0 left.")


def test_the_cost_is_decided_on_the_server(token: str) -> None:
    with pytest.raises(NotFound):
        Tab("/dashboard/credit-usage-example", token).call(UsageExampleState.use, "-100", "key")


def test_a_click_that_arrives_twice_pays_once(token: str) -> None:
    tab = Tab("/dashboard/credit-usage-example", token)
    tab.call(UsageExampleState.clear)
    state = tab.state(UsageExampleState)
    key = state.key
    tab.call(UsageExampleState.use, "medium", key)
    tab.call(UsageExampleState.use, "medium", key)
    assert state.message == "Done for 10. 90 credits are left."
    tab.call(CreditsState.load)
    assert tab.state(CreditsState).total == "90"


def test_a_made_up_cursor_finds_nothing(token: str) -> None:
    for state in (OrdersState, CreditsState):
        with pytest.raises(NotFound):
            Tab("/dashboard", token).call(state.turn, "made-up")


def test_name_and_language_are_kept_and_the_page_follows_the_language(token: str) -> None:
    tab = Tab("/dashboard/settings", token)
    assert "Saved." in said(tab.call(SettingsState.save_profile, {"name": "Ada L.", "language": "en"}))
    assert "/zh/dashboard/settings" in said(tab.call(SettingsState.save_profile, {"name": "Ada L.", "language": "zh"}))
    assert (user_of(token).name, user_of(token).locale) == ("Ada L.", "zh")


def test_a_language_nobody_speaks_here_changes_nothing(token: str) -> None:
    Tab("/dashboard/settings", token).call(SettingsState.save_profile, {"name": "Ada", "language": "xx"})
    assert user_of(token).locale == "en"


def test_changing_the_password_asks_for_the_old_one_and_keeps_only_this_browser(token: str) -> None:
    other = accounts.redeem_ticket(accounts.sign_in(EMAIL, PASSWORD))
    tab = Tab("/dashboard/settings", token)
    form = {"old": "wrong", "password": OTHER_PASSWORD, "again": OTHER_PASSWORD}
    tab.call(SettingsState.change_password, form)
    assert tab.state(SettingsState).password_error == "E-mail or password is wrong."
    assert "The password is changed." in said(tab.call(SettingsState.change_password, {**form, "old": PASSWORD}))
    assert accounts.current_user(other) is None
    assert accounts.current_user(token) is not None


def test_all_other_browsers_can_be_signed_out(token: str) -> None:
    other = accounts.redeem_ticket(accounts.sign_in(EMAIL, PASSWORD))
    tab = Tab("/dashboard/settings", token)
    tab.call(SettingsState.load)
    assert len(tab.state(SettingsState).browsers) == 2
    tab.call(SettingsState.sign_out_others)
    assert [entry.is_this_one for entry in tab.state(SettingsState).browsers] == [True]
    assert accounts.current_user(other) is None


def test_one_browser_can_be_signed_out_and_nobody_elses(token: str) -> None:
    accounts.redeem_ticket(accounts.sign_in(EMAIL, PASSWORD))
    tab = Tab("/dashboard/settings", token)
    tab.call(SettingsState.load)
    (other,) = [entry for entry in tab.state(SettingsState).browsers if not entry.is_this_one]
    stranger = Tab("/dashboard/settings", signed_in("eve@example.com"))
    assert "There is no such thing." in said(stranger.call(SettingsState.sign_out_one, other.id))
    assert "That browser is signed out." in said(tab.call(SettingsState.sign_out_one, other.id))
    assert [entry.is_this_one for entry in tab.state(SettingsState).browsers] == [True]


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0", "Edge · Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1", "Safari · iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0", "Firefox · Linux"),
        ("curl/8", "Some browser"),
    ],
)
def test_a_browser_is_called_what_people_call_it(agent: str, name: str) -> None:
    assert browser_name(agent, "en") == name


def test_days_and_moments_are_written_as_each_language_does_it() -> None:
    at = datetime(2027, 3, 5, 14, 3, tzinfo=UTC)
    assert [day(at, locale) for locale in ("en", "zh", "fr")] == ["Mar 5, 2027", "2027年3月5日", "5 mars 2027"]
    assert [moment(at, locale) for locale in ("en", "zh", "fr")] == [
        "Mar 5, 2027, 14:03 UTC",
        "2027年3月5日 14:03 UTC",
        "5 mars 2027, 14:03 UTC",
    ]
    assert day(None, "en") == moment(None, "en") == ""


@pytest.mark.parametrize(
    ("is_frozen", "words"), [(False, "7 credits are owed, because"), (True, "Your credits are frozen: 7 credits that")]
)
def test_who_owes_credits_reads_it_above_the_balance(token: str, is_frozen: bool, words: str) -> None:
    builders.set_columns(UsageRow, "user_id", user_of(token).id, debt=7, is_frozen=is_frozen)
    tab = Tab("/dashboard/credit-history", token)
    tab.call(CreditsState.load)
    assert tab.state(CreditsState).owed.startswith(words)

"""The desk of endpoints: a secret is shown once, a test tells what was answered, and only admins see any of it."""

from collections.abc import Iterator

import pytest

from nestpay.billing import accounts, endpoints
from nestpay.domain.errors import NotAllowed
from nestpay.web.admin.endpoints.state import EndpointsState, box_of
from tests.billing.people import EMAIL
from tests.billing.receiver import Receiver
from tests.web.tabs import Tab, said, signed_in

pytestmark = pytest.mark.usefixtures("sqlite_database")
PATH = "/dashboard/admin/endpoints"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    program = Receiver()
    yield program
    program.stop()


@pytest.fixture
def tab() -> Tab:
    """An admin's, on the page."""
    token = signed_in()
    accounts.add_admin(EMAIL, None)
    opened = Tab(PATH, token)
    opened.call(EndpointsState.load)
    return opened


def test_an_endpoint_is_added_with_what_was_ticked_and_its_secret_is_gone_after_a_reload(
    tab: Tab, receiver: Receiver
) -> None:
    form = {"url": receiver.url, "description": "ours", box_of("order.paid"): "on", box_of("credits.spent"): "on"}
    tab.call(EndpointsState.add, form)
    state = tab.state(EndpointsState)
    (row,) = state.rows
    assert state.secret.startswith("whsec_")
    assert (row.types, row.word, row.description) == ("credits.spent, order.paid", "Listening", "ours")
    tab.call(EndpointsState.load)
    assert state.secret == ""


def test_a_form_without_a_type_or_with_a_strange_address_says_what_is_wrong(tab: Tab, receiver: Receiver) -> None:
    tab.call(EndpointsState.add, {"url": receiver.url})
    assert tab.state(EndpointsState).trouble != ""
    tab.call(EndpointsState.begin)
    assert tab.state(EndpointsState).trouble == ""
    tab.call(EndpointsState.add, {"url": "gopher://old", box_of("order.paid"): "on"})
    assert "https://" in tab.state(EndpointsState).trouble
    assert endpoints.every() == ()


def test_a_test_and_a_repetition_say_what_was_answered_and_are_in_the_log(tab: Tab, receiver: Receiver) -> None:
    made = endpoints.add(receiver.url, ["order.paid"], by="admin")
    assert "HTTP 200" in said(tab.call(EndpointsState.test, made.view.id))
    state = tab.state(EndpointsState)
    (line,) = state.log
    assert (line.type, line.word, line.attempts) == ("endpoint.test", "Delivered", "1")
    receiver.status = 500
    assert "HTTP 500" in said(tab.call(EndpointsState.redeliver, line.id))
    assert (state.log[0].word, state.rows[0].word) == ("Failed, to be repeated", "Failing")


def test_an_endpoint_is_switched_given_another_secret_and_removed(tab: Tab, receiver: Receiver) -> None:
    made = endpoints.add(receiver.url, ["order.paid"], by="admin")
    tab.call(EndpointsState.switch, made.view.id, False)
    assert tab.state(EndpointsState).rows[0].word == "Switched off"
    tab.call(EndpointsState.ask, made.view.id, receiver.url)
    tab.call(EndpointsState.rotate)
    assert tab.state(EndpointsState).secret not in ("", made.secret)
    tab.call(EndpointsState.remove)
    assert endpoints.every() == ()


def test_a_customer_sees_and_does_nothing_here(receiver: Receiver) -> None:
    made = endpoints.add(receiver.url, ["order.paid"], by="admin")
    tab = Tab(PATH, signed_in("eve@example.com"))
    for handler, arguments in (
        (EndpointsState.load, ()),
        (EndpointsState.test, (made.view.id,)),
        (EndpointsState.switch, (made.view.id, False)),
        (EndpointsState.rotate, ()),
        (EndpointsState.remove, ()),
    ):
        with pytest.raises(NotAllowed):
            tab.call(handler, *arguments)
    assert tab.state(EndpointsState).rows == []
    assert endpoints.every()[0].is_active

"""Who may agree to be charged without being asked: the customer, for nobody else."""

import pytest

from nestpay.billing import catalog, top_ups
from nestpay.billing.clock import real_now
from nestpay.billing.top_ups import TopUpView
from nestpay.domain.errors import SignInRequired
from nestpay.store import top_ups as store
from nestpay.store.session import transaction
from nestpay.store.tables import TopUpRow
from nestpay.store.top_ups import TopUp
from nestpay.web.dashboard.credits.top_up_state import TopUpState, stage_of
from tests import builders
from tests.billing.people import user_of
from tests.web.tabs import Tab, said, signed_in

PAGE = "/dashboard/credits"


@pytest.fixture
def pack() -> str:
    """The price of the smaller pack, in a shop with its first plans."""
    catalog.seed()
    cards = catalog.public_catalogue("en").cards
    return next(offer.price_id for card in cards if card.key == "credits-500" for offer in card.offers)


def agree(token: str, pack: str) -> None:
    """A customer's wish as it stands in the books, whatever led to it."""
    with transaction() as session:
        store.save(session, TopUp(user_of(token).id, pack, threshold=50, monthly_cap=2, enabled=True), real_now())


def form(pack: str, **other: str) -> dict[str, str]:
    return {"price_id": pack, "threshold": "9", "monthly_cap": "9", **other}


@pytest.mark.usefixtures("sqlite_database")
def test_the_owner_sees_what_is_agreed_in_their_language_and_ends_it(pack: str) -> None:
    ada = signed_in()
    agree(ada, pack)
    tab = Tab(f"/fr{PAGE}", ada)
    tab.call(TopUpState.load)
    state = tab.state(TopUpState)
    assert (state.stage, state.below, state.used) == ("on", "moins de 50 crédits", "0 sur 2")
    assert (state.pack, len(state.packs)) == ("500 crédits · 9\xa0$US", 2)
    assert "désactivée" in said(tab.call(TopUpState.switch_off))
    assert (state.stage, state.busy) == ("off", "")


@pytest.mark.usefixtures("sqlite_database")
@pytest.mark.parametrize("token", ["", "made-up"])
def test_nobody_reads_agrees_or_ends_anything(token: str, pack: str) -> None:
    ada = signed_in()
    agree(ada, pack)
    before = top_ups.wish_of(user_of(ada).id)
    stranger = Tab(PAGE, token)
    for handler, given in ((TopUpState.load, ()), (TopUpState.switch_on, (form(pack),)), (TopUpState.switch_off, ())):
        with pytest.raises(SignInRequired):
            stranger.call(handler, *given)
    assert top_ups.wish_of(user_of(ada).id) == before
    assert (stranger.state(TopUpState).stage, stranger.state(TopUpState).packs) == ("off", {})


@pytest.mark.usefixtures("sqlite_database")
def test_another_customer_changes_only_what_is_their_own(pack: str) -> None:
    ada, bob = signed_in(), signed_in("bob@example.com")
    agree(ada, pack)
    before = top_ups.wish_of(user_of(ada).id)
    tab = Tab(PAGE, bob)
    tab.call(TopUpState.load)
    assert tab.state(TopUpState).stage == "off"
    assert "There is no such thing." in said(tab.call(TopUpState.switch_off))
    tab.call(TopUpState.switch_on, form(pack, user_id=user_of(ada).id))
    assert top_ups.wish_of(user_of(ada).id) == before
    assert top_ups.wish_of(user_of(bob).id) is None


@pytest.mark.usefixtures("sqlite_database")
@pytest.mark.parametrize("number", ["", "-5", "0", "1.5", "²", "9" * 5000, "ten"])
def test_a_made_up_number_is_refused_in_words(number: str, pack: str) -> None:
    ada = signed_in()
    tab = Tab(PAGE, ada)
    for name in ("threshold", "monthly_cap"):
        assert "whole number" in said(tab.call(TopUpState.switch_on, form(pack, **{name: number})))
    assert top_ups.wish_of(user_of(ada).id) is None


@pytest.mark.usefixtures("sqlite_database")
@pytest.mark.parametrize(
    ("cause", "title", "way_out"),
    [
        ("needs_customer", "Your bank wants you to confirm the payment", "Buy the pack yourself once"),
        ("declined", "Your card was declined", "with another card"),
        ("no_card", "No card is saved", "saves your card"),
    ],
)
def test_the_page_says_what_stopped_it_and_what_to_do(pack: str, cause: str, title: str, way_out: str) -> None:
    ada = signed_in()
    agree(ada, pack)
    stopped = {"enabled": False, "stopped_by": cause, "action_url": PAGE}
    builders.set_columns(TopUpRow, "user_id", user_of(ada).id, **stopped)
    tab = Tab(PAGE, ada)
    tab.call(TopUpState.load)
    state = tab.state(TopUpState)
    assert (state.stage, state.cause) == ("stopped", title)
    assert way_out in state.way_out


@pytest.mark.usefixtures("sqlite_database")
def test_more_a_month_than_may_be_is_refused_with_the_most(pack: str) -> None:
    tab = Tab(PAGE, signed_in())
    assert "at most 20" in said(tab.call(TopUpState.switch_on, form(pack, monthly_cap="21")))


def test_a_charge_that_did_not_go_through_is_not_the_same_as_switched_off() -> None:
    stopped = TopUpView("price", "500 credits", 50, 2, enabled=False, used_this_month=1, action_url=PAGE)
    assert stage_of(stopped) == "stopped"
    assert stage_of(None) == "off"

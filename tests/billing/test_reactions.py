"""Extensions hear what happened: once it is committed, and until they could deal with it."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from nestpay.billing import inbox, reactions
from nestpay.domain.facts import CheckoutPaid
from nestpay.store.tables import ReactionRow
from tests import builders, stripe_objects
from tests.billing.test_inbox import deliver, purchase
from tests.shop import Shop

Heard = list[tuple[CheckoutPaid, str | None]]


@pytest.fixture
def heard() -> Iterator[Heard]:
    """What a listener of paid checkouts has heard."""
    told: Heard = []
    reactions.listen(CheckoutPaid, "test", lambda fact, user_id: told.append((fact, user_id)))
    yield told
    reactions.forget_all()


def test_a_listener_hears_a_payment_with_its_user_once_and_only_after_the_commit(shop: Shop, heard: Heard) -> None:
    deliver(purchase(shop))
    assert heard == []
    assert reactions.run_due() == 1
    ((fact, user_id),) = heard
    assert (fact.session_id, fact.amounts.total, user_id) == ("cs_1", 900, shop.user_id)
    assert reactions.run_due() == 0


def test_a_repeated_delivery_and_a_second_event_of_the_same_payment_are_not_heard_again(
    shop: Shop, heard: Heard
) -> None:
    body = purchase(shop)
    deliver(body)
    deliver(body)
    deliver({**body, "id": "evt_again"})
    reactions.run_due()
    assert len(heard) == 1


def test_what_was_not_committed_is_never_heard(shop: Shop, heard: Heard) -> None:
    unknown: dict[str, Any] = {"customer": "cus_stranger", "metadata": {}}
    session = stripe_objects.checkout_session("cs_9", **unknown)
    deliver(stripe_objects.event("checkout.session.completed", session, id="evt_9"))
    inbox.work()
    reactions.run_due()
    assert heard == []


def test_a_listener_that_fails_is_told_again_later_and_given_up_in_the_end(
    shop: Shop, clock: time_machine.Traveller
) -> None:
    tries: list[str | None] = []

    def listener(_fact: CheckoutPaid, user_id: str | None) -> None:
        tries.append(user_id)
        raise OSError("no network")

    reactions.listen(CheckoutPaid, "fails", listener)
    deliver(purchase(shop))
    for _ in range(20):
        reactions.run_due()
        clock.shift(timedelta(days=1))
    reactions.forget_all()
    (row,) = builders.rows_of(ReactionRow)
    assert (row.status, row.attempts, len(tries)) == ("dead", 7, 7)
    assert row.error == "OSError: no network"


def test_a_listener_whose_package_is_gone_keeps_its_row_and_says_so(shop: Shop, heard: Heard) -> None:
    deliver(purchase(shop))
    reactions.forget_all()
    reactions.run_due()
    (row,) = builders.rows_of(ReactionRow)
    assert row.status == "failed"
    assert "EXTENSIONS" in row.error

"""Where Stripe delivers: stored before 200, refused with a reason, and never anything in between."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import text

from nestpay.api.app import build_api
from nestpay.settings import get_settings
from nestpay.store.session import transaction
from nestpay.store.tables import CreditGrantRow, OrderRow, WebhookEventRow
from tests import builders, stripe_objects
from tests.api.browser import Browser
from tests.shop import Shop

PATHS = ["/api/webhooks/stripe", "/api/stripe/webhook"]


@pytest.fixture
def stripe_side(shop: Shop) -> Browser:
    return Browser(build_api())


def purchase(shop: Shop, **fields: Any) -> dict[str, Any]:
    session = stripe_objects.checkout_session("cs_1", customer=shop.customer_id, metadata=shop.metadata(shop.pack))
    return {**stripe_objects.event("checkout.session.completed", session, id="evt_1"), **fields}


def post(side: Browser, delivery: tuple[bytes, dict[str, str]], path: str = PATHS[0]) -> tuple[int, dict[str, Any]]:
    raw, headers = delivery
    answer = side.post(path, content=raw, headers={**headers, "content-type": "application/json"})
    return answer.status_code, answer.json()


@pytest.mark.parametrize("path", PATHS)
def test_a_delivery_is_stored_and_applied_before_it_is_answered(shop: Shop, stripe_side: Browser, path: str) -> None:
    assert post(stripe_side, stripe_objects.delivery(purchase(shop)), path) == (
        200,
        {"received": True, "duplicate": False},
    )
    assert builders.counts(WebhookEventRow, OrderRow, CreditGrantRow) == (1, 1, 1)


def test_a_repetition_is_answered_as_such_whatever_path_it_takes(shop: Shop, stripe_side: Browser) -> None:
    delivery = stripe_objects.delivery(purchase(shop))
    post(stripe_side, delivery, PATHS[0])
    assert post(stripe_side, delivery, PATHS[1]) == (200, {"received": True, "duplicate": True})
    assert builders.counts(WebhookEventRow, OrderRow, CreditGrantRow) == (1, 1, 1)


def test_an_unknown_type_is_stored_and_answered(stripe_side: Browser) -> None:
    assert post(stripe_side, stripe_objects.delivery(stripe_objects.event("price.teleported", {"id": "p"})))[0] == 200
    assert [row.status for row in builders.rows_of(WebhookEventRow)] == ["ignored"]


def test_money_from_nobody_we_know_is_stored_and_answered(shop: Shop, stripe_side: Browser) -> None:
    body = purchase(shop)
    body["data"]["object"] |= {"customer": "cus_nobody", "metadata": {}, "client_reference_id": None}
    assert post(stripe_side, stripe_objects.delivery(body))[0] == 200
    assert [row.status for row in builders.rows_of(WebhookEventRow)] == ["failed"]


def test_a_forged_delivery_is_refused_and_leaves_no_trace(shop: Shop, stripe_side: Browser) -> None:
    status, problem = post(stripe_side, stripe_objects.delivery(purchase(shop), secret="whsec_forged"))
    assert (status, problem["key"]) == (400, "errors.bad_signature")
    assert builders.counts(WebhookEventRow) == (0,)


def test_a_delivery_without_signature_is_refused(shop: Shop, stripe_side: Browser) -> None:
    assert post(stripe_side, (stripe_objects.delivery(purchase(shop))[0], {}))[0] == 400


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"null", b'{"object": "event"}', b'{"id": "evt_1"}'])
def test_a_signed_body_that_is_no_event_is_refused(stripe_side: Browser, raw: bytes) -> None:
    status, problem = post(stripe_side, stripe_objects.delivery(raw))
    assert (status, problem["key"]) == (400, "errors.malformed_event")


def test_an_event_without_an_id_is_refused(shop: Shop, stripe_side: Browser) -> None:
    body = purchase(shop)
    del body["id"]
    assert post(stripe_side, stripe_objects.delivery(body))[0] == 400


def test_a_body_of_five_megabytes_is_refused_by_its_announced_length(shop: Shop, stripe_side: Browser) -> None:
    status, problem = post(stripe_side, stripe_objects.delivery(purchase(shop, padding="x" * 5_000_000)))
    assert (status, problem["key"]) == (413, "errors.body_too_large")
    assert builders.counts(WebhookEventRow) == (0,)


def test_a_body_that_never_says_how_long_it_is_is_read_no_further_than_the_limit(stripe_side: Browser) -> None:
    sent = []

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(100):
            sent.append(1)
            yield b"x" * 100_000

    answer = stripe_side.post(PATHS[0], content=endless(), headers={"stripe-signature": "t=1,v1=x"})
    assert answer.status_code == 413
    assert len(sent) < 15


@pytest.mark.parametrize("path", ["/api/webhooks/paypal", "/api/paypal/webhook"])
def test_a_provider_that_is_not_on_is_not_found(stripe_side: Browser, path: str) -> None:
    assert post(stripe_side, stripe_objects.delivery(b"{}"), path)[0] == 404


def test_it_never_answers_200_for_what_it_could_not_store(shop: Shop, stripe_side: Browser) -> None:
    with transaction() as session:
        session.execute(text("alter table webhook_events rename to gone"))
    raw, headers = stripe_objects.delivery(purchase(shop))
    with pytest.raises(Exception, match="webhook_events"):  # the server answers 500 to whatever a route lets through
        stripe_side.post(PATHS[0], content=raw, headers=headers)
    with transaction() as session:
        session.execute(text("alter table gone rename to webhook_events"))
    assert post(stripe_side, (raw, headers)) == (200, {"received": True, "duplicate": False})


def test_the_limit_is_a_setting(shop: Shop, stripe_side: Browser) -> None:
    limit = get_settings().webhook_body_limit_bytes
    body = purchase(shop, padding="")
    room = limit - len(stripe_objects.delivery(body)[0])
    assert post(stripe_side, stripe_objects.delivery({**body, "padding": "x" * room}))[0] == 200
    assert post(stripe_side, stripe_objects.delivery({**body, "padding": "x" * (room + 1)}))[0] == 413

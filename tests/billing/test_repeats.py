"""A second delivery under a known id, at both providers' doors."""

from collections.abc import Iterator
from typing import Any

import pytest

from nestpay.billing import inbox, repeats
from nestpay.providers import registry
from nestpay.providers.creem.client import CreemProvider
from nestpay.store.tables import WebhookEventRow
from tests import builders, creem_edge


@pytest.fixture
def _creem(database: str) -> Iterator[None]:
    registry.register(CreemProvider(api_key=creem_edge.KEY, webhook_secrets=[creem_edge.SECRET]))
    yield
    registry.clear()
    inbox.stop()


def tell(thing: dict[str, Any], kind: str = "subscription.active") -> bool:
    event = {**creem_edge.event(kind, thing, event_id="evt_once"), "created_at": 1_801_389_607_000}
    return inbox.receive_and_wait("creem", *creem_edge.delivery(event))


def remarks() -> list[str]:
    return [row.error for row in builders.rows_of(WebhookEventRow)]


@pytest.mark.usefixtures("_creem")
def test_the_same_event_told_again_is_known() -> None:
    assert [tell(creem_edge.subscription()) for _ in range(2)] == [True, False]
    assert remarks() == [""]


@pytest.mark.usefixtures("_creem")
def test_a_known_id_with_another_body_is_stored_once_and_noted() -> None:
    assert tell(creem_edge.subscription("sub_1"))
    assert not tell(creem_edge.subscription("sub_of_somebody_else"))
    assert remarks() == [repeats.OTHER_BODY]
    assert builders.rows_of(WebhookEventRow)[0].object_id == "sub_1"


@pytest.mark.usefixtures("_creem")
def test_a_body_that_is_only_written_otherwise_is_no_other() -> None:
    assert tell(creem_edge.subscription())
    assert not tell({**creem_edge.subscription(), "image_url": None})
    assert remarks() == [""]

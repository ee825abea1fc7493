"""Nothing that fits the OpenAPI document, or nearly does, makes a route fail: schemathesis calls each of them."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from nestpay.billing import api_keys, throttle
from nestpay.settings import reset_settings
from tests import builders
from tests.api.program import the_api
from tests.billing.test_credits import subscribe
from tests.shop import Shop

EXAMPLES = 2


def no_trouble_of_ours(_context: Any, response: Any, _case: Case) -> None:
    """A 502 says that the payment company refused, and its edge here refuses what no test scripted. No other 5xx."""
    is_theirs = response.status_code == 502 and response.json()["key"].startswith("errors.provider_")
    assert response.status_code < 500 or is_theirs, response.text


CHECKS = (no_trouble_of_ours, status_code_conformance, content_type_conformance, response_schema_conformance)
FILE = ".csv"
"""How the paths end that browsers load files from."""


@pytest.fixture
def keys(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, str]]:
    """Ada's key and a server's; she has a subscription and credits, and nobody calls too often."""
    monkeypatch.setenv("API_CALLS_PER_MINUTE", "0")
    reset_settings()
    subscribe(shop)
    builders.give_credits(shop.user_id, 1_000_000)
    yield api_keys.create(shop.user_id, "laptop", api_keys.SCOPES).key, api_keys.create_for_server("backend").key
    throttle.forget_everything()


def exercise(operation: Any, key: str, mode: GenerationMode) -> None:
    """Call one operation with requests that fit its description, or just do not."""

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def call(case: Case) -> None:
        throttle.forget_everything()
        case.headers["Authorization"] = f"Bearer {key}"
        case.call_and_validate(checks=CHECKS)

    call()


# PostgreSQL is the stricter of the two about what may be asked.
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_no_request_makes_a_route_fail(shop: Shop, keys: tuple[str, str], mode: GenerationMode) -> None:
    schema = schemathesis.openapi.from_asgi("/api/openapi.json", the_api())
    operations = [found.ok() for found in schema.get_all_operations()]
    called = [operation for operation in operations if not operation.path.endswith(FILE)]
    for number, operation in enumerate(called):
        exercise(operation, keys[number % 2], mode)
    assert len(called) > 25

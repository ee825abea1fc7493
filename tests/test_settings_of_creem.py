"""A Creem key that does not fit is refused at the start, with how to mend it and without being said."""

from typing import Any

import pytest
from pydantic import ValidationError

from nestpay.providers import registry
from nestpay.settings import Settings

LIVE, TEST = "creem_live_key_1", "creem_test_key_1"
BASE: dict[str, Any] = {
    "secret_key": "x" * 40,
    "stripe_secret_key": "",
    "site_url": "https://pay.example",
    "creem_api_base_url": "",
}


@pytest.mark.parametrize(
    ("mode", "key", "address", "sentence"),
    [
        ("live", TEST, "", "use the creem_ key"),
        ("test", LIVE, "", "use the creem_test_ key"),
        ("test", TEST, "https://api.creem.io/v1", "does not open api.creem.io"),
        ("live", LIVE, "https://test-api.creem.io", "does not open test-api.creem.io"),
        ("live", LIVE, "https://proxy.example", "remove CREEM_API_BASE_URL"),
        ("test", "sk_test_1", "", "begin with creem_test_"),
        ("test", "", "", "CREEM_API_KEY=creem_test_"),
        ("live", "", "", "CREEM_API_KEY=creem_"),
    ],
)
def test_a_key_of_the_wrong_environment_refuses_to_start(mode: str, key: str, address: str, sentence: str) -> None:
    with pytest.raises(ValidationError) as told:
        Settings(**{**BASE, "mode": mode, "creem_api_key": key, "creem_api_base_url": address})
    said = "\n".join(str(each["msg"]) for each in told.value.errors())
    assert sentence in said
    assert not key or key not in said


@pytest.mark.parametrize(
    ("mode", "key", "address", "expected"),
    [
        ("live", LIVE, "", "https://api.creem.io"),
        ("live", LIVE, "https://api.creem.io/v1/", "https://api.creem.io/v1"),
        ("test", TEST, "", "https://test-api.creem.io"),
        ("test", TEST, "https://proxy.example", "https://proxy.example"),
    ],
)
def test_a_site_may_live_by_creem_alone(mode: str, key: str, address: str, expected: str) -> None:
    found = Settings(**{**BASE, "mode": mode, "creem_api_key": key, "creem_api_base_url": address})
    assert found.creem_base == expected


def test_in_the_sandbox_the_pretend_company_is_asked() -> None:
    found = Settings(**{**BASE, "mode": "sandbox", "site_url": "http://127.0.0.1:8000", "creem_api_key": TEST})
    assert found.creem_base == "http://127.0.0.1:8000/sandbox/creem"


def test_the_key_switches_the_provider_on() -> None:
    try:
        registry.switch_on(Settings(**{**BASE, "mode": "test", "creem_api_key": TEST, "creem_webhook_secrets": "a, b"}))
        assert registry.names() == ("creem",)
    finally:
        registry.clear()

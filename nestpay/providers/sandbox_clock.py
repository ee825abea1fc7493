"""The sandbox's clock, over the wire: what time it is there, and a way to move it. Only in sandbox mode."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

from nestpay.domain.errors import ProviderTrouble
from nestpay.settings import get_settings

_SECONDS_TO_READ, _SECONDS_TO_TRAVEL = 5.0, 600.0


@dataclass(frozen=True, slots=True)
class Journey:
    """When it is now in the sandbox, and what happened on the way there: (when, what), the earliest first."""

    now: datetime
    offset_seconds: float
    happened: tuple[tuple[str, str], ...] = ()


def read() -> Journey:
    """What time it is there (UTC). Raises ProviderTrouble."""
    return _journey(_call("GET", None, _SECONDS_TO_READ))


def move(seconds: int) -> Journey:
    """Move it on by so many seconds; all that is due on the way happens there. Raises ProviderTrouble."""
    return _journey(_call("POST", {"advance": seconds}, _SECONDS_TO_TRAVEL))


def _journey(said: dict[str, Any]) -> Journey:
    steps = tuple((step["at"], f"{step['action']} {step['object']}") for step in said.get("fired", ()))
    return Journey(datetime.fromisoformat(said["now"]), float(said["offset_seconds"]), steps)


def _call(method: str, wish: dict[str, int] | None, seconds: float) -> dict[str, Any]:
    address = f"{get_settings().stripe_base.removesuffix('/stripe')}/clock"
    try:
        answer = httpx.request(method, address, json=wish, timeout=seconds, trust_env=False)
    except httpx.HTTPError:
        raise ProviderTrouble from None
    if answer.is_error:
        raise ProviderTrouble
    return answer.json()

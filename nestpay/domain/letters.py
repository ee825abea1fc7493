"""A mail to be sent, as the rules and use cases wish for it; it is written out only when it leaves."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One mail to one person.

    `dedupe_key` makes its cause send it once. `template` and the values of `context` (JSON, money in minor units with
    its currency) are those that `nestpay.mail.messages` describes. `user_id` is None for a stranger. It leaves after
    `waits`; until then one that `overrules` takes its place.
    """

    dedupe_key: str
    recipient: str
    template: str
    locale: str = "en"
    context: dict[str, Any] = field(default_factory=dict)
    user_id: str | None = None
    waits: timedelta = timedelta(0)
    overrules: bool = False

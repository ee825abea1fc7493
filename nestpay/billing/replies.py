"""Answers a repeated request with the first one's answer, for requests whose own rows do not remember it."""

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from nestpay.billing.clock import real_now
from nestpay.domain.errors import Conflict, IdempotencyMismatch
from nestpay.store import idempotency
from nestpay.store.session import transaction

_UNDER_WAY: dict[str, Any] = {}
_LONGEST_WORK = timedelta(minutes=2)
"""After this, whoever began has died, and the next one may try."""


def once(scope: str, key: str, request: Any, work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What `work` answers (JSON), or what it answered the first time `key` was used within `scope`.

    Only answers are remembered: what raises may be tried again. Raises IdempotencyMismatch when the key was used with
    another `request` (JSON), Conflict while the first one is under way, and whatever `work` raises.
    """
    digest = hashlib.sha256(json.dumps(request, sort_keys=True, default=str).encode()).hexdigest()
    now = real_now()
    with transaction() as session:
        earlier = idempotency.reserve(session, scope, key, digest, now, taken_over_before=now - _LONGEST_WORK)
    if earlier is not None:
        first_request, answer = earlier
        if first_request != digest:
            raise IdempotencyMismatch
        if answer == _UNDER_WAY:
            raise Conflict("The first request with this idempotency key is still under way.")
        return answer
    try:
        answer = work()
    except BaseException:
        with transaction() as session:
            idempotency.forget(session, scope, key)
        raise
    with transaction() as session:
        idempotency.fill(session, scope, key, answer)
    return answer

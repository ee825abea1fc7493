"""A delivery under an id that is known: stored once, and noted when it says something else than the first did."""

from collections.abc import Sequence

import structlog
from sqlmodel import Session

from nestpay.domain.errors import MalformedEvent
from nestpay.domain.facts import Fact, ProviderEvent
from nestpay.providers import registry
from nestpay.store import events

log = structlog.get_logger(__name__)

OTHER_BODY = "came again with another body, which was left aside"


def note(session: Session, repeated: Sequence[ProviderEvent]) -> None:
    """Mark the stored events whose repetition means something else; what is only written otherwise is the same."""
    if not repeated:
        return
    known = events.payloads(session, [(event.provider, event.id) for event in repeated])
    for event in repeated:
        payload = known.get((event.provider, event.id), event.payload)
        if payload != event.payload and _meaning(event) != _meaning_of(event.provider, payload):
            log.warning("inbox.other_body", provider=event.provider, event_id=event.id)
            events.remark(session, event.provider, event.id, OTHER_BODY)


def _meaning_of(provider: str, payload: str) -> tuple[Fact, ...] | None:
    return _meaning(registry.get(provider).parse_event(payload))


def _meaning(event: ProviderEvent) -> tuple[Fact, ...] | None:
    try:
        return registry.get(event.provider).translate(event)
    except MalformedEvent:
        return None

"""Events and what replaying one would change, as they are written in a table."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from nestpay.billing.clock import real_now
from nestpay.billing.event_desk import Event
from nestpay.billing.replay import RowChange
from nestpay.web.admin.places import EVENT, place
from nestpay.web.i18n import t_in
from nestpay.web.i18n.moments import age, moment

TONES = {
    "received": "accent",
    "processing": "accent",
    "done": "good",
    "ignored": "plain",
    "failed": "warn",
    "dead": "bad",
}
_LONGEST = 160


@dataclass(frozen=True)
class EventLine:
    id: str
    type: str
    about: str
    provider: str
    status: str
    word: str
    tone: str
    age: str
    at: str
    attempts: str
    error: str
    href: str


@dataclass(frozen=True)
class FieldLine:
    name: str
    before: str
    after: str


@dataclass(frozen=True)
class ChangeLine:
    table: str
    name: str
    is_new: bool
    fields: list[FieldLine]


def event_line(event: Event, locale: str) -> EventLine:
    """An event as a line of a table."""
    return EventLine(
        id=event.id,
        type=event.type,
        about=event.object_id or event.event_id,
        provider=event.provider,
        status=event.status,
        word=t_in(locale, f"event.status.{event.status}"),
        tone=TONES[event.status],
        age=age(event.received_at, real_now(), locale),
        at=moment(event.received_at, locale),
        attempts=t_in(locale, "number", n=event.attempts),
        error=event.error[:_LONGEST],
        href=place(EVENT, event.id, locale),
    )


def change_line(change: RowChange, locale: str) -> ChangeLine:
    """A changed row with each of its differences."""
    return ChangeLine(
        table=change.table,
        name=change.name,
        is_new=change.is_new,
        fields=[FieldLine(name, _text(before, locale), _text(after, locale)) for name, before, after in change.fields],
    )


def _text(value: Any, locale: str) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, datetime):
        return moment(value, locale)
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return str(value)

"""Replays from a terminal: one event with what it would change, or many with their progress."""

from typing import Any

from nestpay.launch.progress import say, stop
from nestpay.launch.start import opened, settings_for

_WHO = "cli"


def one(event_id: str, *, dry_run: bool) -> None:
    """Show what an event would change, asked anew at its provider, and do it unless `dry_run`."""
    from nestpay.billing import event_desk, replay
    from nestpay.domain.errors import NestpayError
    from nestpay.providers import registry

    settings = settings_for()
    with opened(settings):
        registry.switch_on(settings)
        try:
            found = event_desk.events(event_desk.wanted(about=event_id), limit=1).rows
            if not found:
                raise stop(f"There is no event {event_id}.")
            seen = replay.preview(found[0].id)
            _show(seen)
            if dry_run or seen.refusal:
                return
            left = replay.apply(found[0].id, seen.digest, by=_WHO)
        except NestpayError as error:
            raise stop(str(error)) from None
    say(f"The event is {left} now.")


def many(*, status: str, type: str, first: str, last: str, dry_run: bool) -> None:
    """Count the events that fit, and apply them again unless `dry_run`, a few at a time."""
    from nestpay.billing import event_desk, replay
    from nestpay.domain.errors import NestpayError
    from nestpay.providers import registry

    settings = settings_for()
    with opened(settings):
        registry.switch_on(settings)
        try:
            wanted = event_desk.wanted(status=status, type=type, first=first, last=last)
        except NestpayError as error:
            raise stop(str(error)) from None
        total = replay.count(wanted)
        say(f"{total} events fit.")
        done, failed, after = 0, 0, None
        while total and not dry_run:
            batch = replay.some(wanted, after, by=_WHO)
            done, failed, after = done + batch.done, failed + batch.failed, batch.next
            say(f"  {done} applied, {failed} failed, of {total}")
            if after is None:
                break


def _show(seen: Any) -> None:
    say(f"The provider says: {', '.join(seen.said) or 'nothing we act on'}")
    for change in seen.changes:
        say(f"{'new    ' if change.is_new else 'changed'} {change.table} {change.name}".rstrip())
        for name, before, after in change.fields:
            say(f"        {name}: {after}" if change.is_new else f"        {name}: {before} -> {after}")
    if seen.refusal:
        say(f"It cannot be applied: {seen.refusal}")
    elif not seen.changes:
        say("Nothing would change.")

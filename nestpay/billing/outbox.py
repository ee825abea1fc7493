"""Sends the mails that wait in the outbox: claimed in sets, sent outside any transaction, then marked."""

from datetime import datetime, timedelta
from email.message import EmailMessage

import structlog

from nestpay import queue
from nestpay.billing import links
from nestpay.billing.clock import real_now
from nestpay.mail import messages, transports
from nestpay.mail.messages import Unreadable
from nestpay.mail.transports import NotSent, Transport
from nestpay.store import emails
from nestpay.store.session import transaction
from nestpay.store.tables import EmailRow

JOB = "outbox"

_SET = 20
_LEASE = timedelta(minutes=10)
_LONGEST_SENDING = timedelta(minutes=2)
_WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360, 720))

log = structlog.get_logger(__name__)


class TooLate(Exception):
    """The link in the mail has run out, so the mail would only puzzle its reader."""


def wake() -> None:
    """Let a worker look at the outbox. Call it after the commit that queued a mail."""
    queue.enqueue(JOB)


def deliver_waiting(limit: int = 200) -> int:
    """Send up to `limit` waiting mails; returns how many left.

    One that fails is tried again later, after a minute first and half a day at last, and is given up (`dead`) after
    eight tries, or at once when no try would help. A mail that left just as this process died is sent once more,
    under the same Message-ID.
    """
    send = transports.transport()
    sent = taken = 0
    while taken < limit:
        claimed_at = real_now()
        with transaction() as session:
            claimed = emails.claim(session, min(_SET, limit - taken), claimed_at, claimed_at + _LEASE)
        if not claimed:
            break
        taken += len(claimed)
        for mail in claimed:
            if real_now() > claimed_at + _LEASE - _LONGEST_SENDING:
                break  # a slow server: the rest comes back when the lease is over
            sent += _deliver(mail, send)
    return sent


def _deliver(mail: EmailRow, send: Transport) -> bool:
    try:
        send(_write_out(mail, real_now()))
    except NotSent as failure:
        return _note_failure(mail, failure, is_final=failure.is_final)
    except (Unreadable, TooLate) as failure:
        return _note_failure(mail, failure, is_final=True)
    with transaction() as session:
        return emails.mark_sent(session, mail, real_now())


def _write_out(mail: EmailRow, now: datetime) -> EmailMessage:
    good_until = mail.context.get("good_until")
    if good_until and datetime.fromisoformat(good_until) <= now:
        raise TooLate(f"its link was good until {good_until}")
    try:
        path = links.path_in(mail)
        context = {**mail.context, "path": path} if path else mail.context
        message = messages.render(mail.template, mail.locale, context)
        return transports.compose(message, recipient=mail.recipient, mail_id=mail.id, now=now)
    except (LookupError, ValueError) as error:
        raise Unreadable(f"{mail.template}: {type(error).__name__}: {error}") from error


def _note_failure(mail: EmailRow, failure: Exception, *, is_final: bool) -> bool:
    gives_up = is_final or mail.attempts > len(_WAITS)
    retry_at = None if gives_up else real_now() + _WAITS[mail.attempts - 1]
    log.warning("mail not sent", mail=mail.id, template=mail.template, reason=str(failure), retry_at=retry_at)
    with transaction() as session:
        emails.mark_failed(session, mail, str(failure), retry_at)
    return False

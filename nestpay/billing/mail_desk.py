"""What an admin sees of the outbox: every mail with its fate, how it reads in each language, and a second sending."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from nestpay.billing import links, outbox
from nestpay.billing.clock import real_now
from nestpay.billing.paging import Page, page_from, read_mark, sides_of
from nestpay.billing.typed import clean, one_of
from nestpay.domain.errors import LinkExpired, NotFound
from nestpay.domain.letters import Letter
from nestpay.mail import messages
from nestpay.mail.messages import Message, Unreadable, templates
from nestpay.settings import LOCALES
from nestpay.store import audit, emails
from nestpay.store import mail_desk as store
from nestpay.store.mail_desk import TROUBLE, MailFilter
from nestpay.store.session import reading, transaction
from nestpay.store.tables import EmailRow

__all__ = ["STATUSES", "Mail", "MailFilter", "Reading", "mails", "one", "read", "resend", "templates", "wanted"]

STATUSES = (TROUBLE, "queued", "sending", "sent", "failed", "dead")
_HIDDEN = "…"
"""What stands where a link's token would: whoever reads the preview must not be able to sign in with it."""


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail of the outbox. Instants are UTC."""

    id: str
    recipient: str
    template: str
    locale: str
    status: str
    attempts: int
    error: str
    created_at: datetime
    sent_at: datetime | None
    next_attempt_at: datetime | None
    user_id: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """A mail as it reads in one language; `trouble` says why it cannot be written out, the rest is empty then."""

    locale: str
    subject: str
    text: str
    html: str
    trouble: str = ""


def wanted(*, status: str = "", template: str = "", recipient: str = "") -> MailFilter:
    """A filter as somebody typed it. Raises Unreadable."""
    return MailFilter(one_of(status, STATUSES), one_of(template, templates()), clean(recipient).lower())


def mails(of: MailFilter, *, after: str | None = None, limit: int = 25) -> Page[Mail]:
    """Mails by keyset, the newest first. Raises NotFound for a mark that no page gave out."""
    mark = read_mark(clean(after))
    older, newer = sides_of(mark)
    with reading() as session:
        found = store.page(session, of, older=older, newer=newer, limit=limit + 1)
    return page_from(found, mark, limit, key=lambda row: row.id, show=_mail)


def one(mail_id: str) -> Mail:
    """One mail. Raises NotFound."""
    return _mail(_stored(mail_id))


def read(mail_id: str, locale: str = "") -> Reading:
    """How a mail reads in a language, by default its own. A link that opens an account is left out. Raises NotFound."""
    mail = _stored(mail_id)
    spoken = locale if locale in LOCALES else mail.locale
    try:
        found = _written(mail, spoken)
    except Unreadable as trouble:
        return Reading(spoken, "", "", "", str(trouble))
    return Reading(spoken, found.subject, found.text, found.html)


def resend(mail_id: str, *, by: str, ip: str = "") -> None:
    """Send a mail once more, as a new one. Asked twice within a minute it is sent once.

    Raises NotFound, and LinkExpired when the link in it does not work any more.
    """
    mail, now = _stored(mail_id), real_now()
    good_until = mail.context.get("good_until")
    if good_until and datetime.fromisoformat(good_until) <= now:
        raise LinkExpired
    letter = Letter(
        dedupe_key=f"resend:{mail.id}:{now:%Y%m%d%H%M}",
        recipient=mail.recipient,
        template=mail.template,
        locale=mail.locale,
        context=mail.context,
        user_id=mail.user_id,
    )
    with transaction() as session:
        emails.enqueue(session, [letter], now)
        audit.append(
            session,
            at=now,
            actor_id=by,
            action="email.resend",
            subject=f"email:{mail.id}",
            before={"status": mail.status, "error": mail.error},
            after={"template": mail.template, "recipient": mail.recipient},
            ip=ip,
        )
    outbox.wake()


def _stored(mail_id: str) -> EmailRow:
    with reading() as session:
        mail = store.by_id(session, clean(mail_id))
    if mail is None:
        raise NotFound
    return mail


def _written(mail: EmailRow, locale: str) -> Message:
    context: Mapping[str, Any] = mail.context
    path = next((links.PATHS[kind] for kind, template in links.TEMPLATES.items() if template == mail.template), None)
    if path:
        context = {**context, "path": f"{path}?token={_HIDDEN}"}
    return messages.render(mail.template, locale, context)


def _mail(row: Any) -> Mail:
    return Mail(
        id=row.id,
        recipient=row.recipient,
        template=row.template,
        locale=row.locale,
        status=row.status,
        attempts=row.attempts,
        error=row.error,
        created_at=row.created_at,
        sent_at=row.sent_at,
        next_attempt_at=row.next_attempt_at if row.status == "failed" else None,
        user_id=row.user_id or "",
    )

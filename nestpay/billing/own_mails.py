"""Mails of extensions: put into the same outbox as ours, once for each cause, in the language of whoever gets them."""

from typing import Any

from nestpay.billing import outbox
from nestpay.billing.clock import real_now
from nestpay.domain.errors import NotFound
from nestpay.domain.letters import Letter
from nestpay.mail import messages
from nestpay.store import emails, users
from nestpay.store.session import reading, transaction


def send(template: str, user_id: str, *, key: str, **values: Any) -> None:
    """Queue the mail `package.name` to a user. The same `key` sends it once, however often this is called.

    `values` fill its gaps: texts, and whole numbers, which are grouped the way the language does it. Its button leads to
    `url`, an address elsewhere, or to `path`, a page of ours, where one of them is given. Raises NotFound for no such
    user, and ValueError when the mail cannot be written: nothing is queued then.
    """
    with reading() as session:
        user = users.by_id(session, user_id)
    if user is None:
        raise NotFound
    context = {"name": user.name, **values}
    try:
        messages.render(template, user.locale, context)
    except messages.Unreadable as error:
        raise ValueError(str(error)) from error
    letter = Letter(
        dedupe_key=f"{template}:{key}",
        recipient=user.email,
        template=template,
        locale=user.locale,
        user_id=user.id,
        context=context,
    )
    with transaction() as session:
        emails.enqueue(session, [letter], real_now())
    outbox.wake()

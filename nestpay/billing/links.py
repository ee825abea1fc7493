"""The links that mails carry, and where they lead.

A link's token is made anew from its row's random id and the secret key whenever it is needed. So neither the table of
tokens, which keeps hashes, nor the outbox, which keeps ids, holds anything that opens an account.
"""

import base64
import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Literal

from sqlmodel import Session

from nestpay.domain.letters import Letter
from nestpay.settings import DEFAULT_LOCALE, get_settings
from nestpay.store import sessions
from nestpay.store.columns import new_id
from nestpay.store.tables import EmailRow, OneTimeTokenRow, UserRow

Kind = Literal["verify", "reset", "seat"]
TEMPLATES: dict[Kind, str] = {"verify": "verify_email", "reset": "password_reset", "seat": "seat_invitation"}
PATHS: dict[Kind, str] = {"verify": "/verify-email", "reset": "/reset-password", "seat": "/accept-seat"}
LIFETIMES: dict[Kind, timedelta] = {
    "verify": timedelta(days=3),
    "reset": timedelta(hours=1),
    "seat": timedelta(days=14),
}

_KINDS: dict[str, Kind] = {template: kind for kind, template in TEMPLATES.items()}


def letter_with_link(session: Session, user: UserRow, kind: Kind, now: datetime) -> Letter:
    """Keep a new token of this kind for the user, and return the mail that will carry its link.

    It greets nobody by a name until the address is proved, else anyone could send a stranger words of their choice.
    """
    token_id = new_id()
    expires_at = now + LIFETIMES[kind]
    sessions.add_token(
        session,
        OneTimeTokenRow(
            id=token_id,
            user_id=user.id,
            kind=kind,
            token_hash=token_hash(kind, token_id),
            created_at=now,
            expires_at=expires_at,
        ),
    )
    return Letter(
        dedupe_key=f"{TEMPLATES[kind]}:{token_id}",
        user_id=user.id,
        recipient=user.email,
        template=TEMPLATES[kind],
        locale=user.locale,
        context={
            "name": user.name if user.email_verified_at else "",
            "token_id": token_id,
            "good_until": expires_at.isoformat(),
        },
    )


def token_hash(kind: Kind, token_id: str) -> str:
    """What is stored of the token that this id makes."""
    return sessions.hash_of(_token(kind, token_id))


def path_in(mail: EmailRow) -> str | None:
    """Where the link in this mail leads, with its token; None when the mail's template carries no token."""
    kind = _KINDS.get(mail.template)
    return f"{PATHS[kind]}?token={_token(kind, mail.context['token_id'])}" if kind else None


def address(path: str, locale: str) -> str:
    """The full address of one of our pages in a language."""
    settings = get_settings()
    prefix = "" if locale == DEFAULT_LOCALE else f"/{locale}"
    return f"{settings.site_url}{prefix}{path}"


def _token(kind: Kind, token_id: str) -> str:
    secret = get_settings().secret_key.get_secret_value().encode()
    digest = hmac.digest(secret, f"{kind}:{token_id}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

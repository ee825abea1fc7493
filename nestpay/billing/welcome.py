"""An e-mail address is proved: the sign-up bonus, once per mailbox, and the welcome mail."""

from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from nestpay.billing import allowance, catalog
from nestpay.billing.clock import billing_now
from nestpay.domain import emails, ledger
from nestpay.domain.errors import NotFound
from nestpay.domain.ledger import Grant, LogType, Pool, Stamp
from nestpay.domain.letters import Letter
from nestpay.settings import get_settings
from nestpay.store import emails as mails
from nestpay.store import ledger as accounts
from nestpay.store import sessions, users
from nestpay.store.columns import new_id
from nestpay.store.session import transaction
from nestpay.store.tables import UserRow


def confirm_address(user_id: str, now: datetime, *, token: str | None = None) -> UserRow:
    """Note that the address is the user's, use up the `token` that proved it, grant the bonus and queue the welcome.

    Only the first time; later calls change nothing. `now` is real time. Raises NotFound.
    """
    try:
        return _confirm(user_id, now, token)
    except IntegrityError:
        # Another account of the same mailbox took the bonus between our look and our write: now we see it.
        return _confirm(user_id, now, token)


def _confirm(user_id: str, now: datetime, token: str | None) -> UserRow:
    with transaction() as session:
        if token is not None:
            sessions.use_token(session, "verify", token, now)
        is_first = users.mark_verified(session, user_id, now)
        user = users.by_id(session, user_id)
        if user is None:
            raise NotFound
        if is_first:
            bonus = grant_bonus(session, user)
            allowance.open_free_plan(session, user, catalog.environment())
            mails.enqueue(session, [_welcome(user, bonus)], now)
        return user


def grant_bonus(session: Session, user: UserRow) -> int:
    """Grant the sign-up bonus unless this mailbox had it, under whatever spelling. Returns the credits granted."""
    amount = get_settings().signup_bonus_credits
    key = f"signup:{emails.fingerprint(user.email)}"
    if amount == 0 or accounts.grant_exists(session, key):
        return 0
    account = accounts.load_accounts(session, [user.id])[user.id]
    now = billing_now()
    wish = Grant(pool=Pool.ONE_TIME, source=LogType.SIGNUP_BONUS, key=key, amount=amount)
    accounts.write_postings(session, [ledger.grant(account, wish, Stamp(now, new_id))], now)
    return amount


def _welcome(user: UserRow, bonus: int) -> Letter:
    return Letter(
        dedupe_key=f"welcome:{user.id}",
        user_id=user.id,
        recipient=user.email,
        template="welcome",
        locale=user.locale,
        context={"name": user.name, "credits": bonus},
    )

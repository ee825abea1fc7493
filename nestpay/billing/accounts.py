"""Accounts: signing up, in and out, proving an e-mail address, and getting back in without the password."""

import secrets
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlmodel import Session

from nestpay import signals
from nestpay.billing import links, outbox, passwords, throttle
from nestpay.billing.clock import real_now
from nestpay.billing.session_cache import SessionCache
from nestpay.billing.welcome import confirm_address, grant_bonus
from nestpay.domain import emails
from nestpay.domain.errors import EmailTaken, InvalidEmail, NotFound, Refused, StaleLink, WrongCredentials
from nestpay.domain.letters import Letter
from nestpay.settings import DEFAULT_LOCALE, LOCALES, get_settings
from nestpay.store import audit, sessions, users
from nestpay.store import emails as mails
from nestpay.store.columns import new_id
from nestpay.store.session import reading, transaction
from nestpay.store.tables import SessionRow, UserRow

Role = Literal["customer", "admin"]
DEMO_CUSTOMER, DEMO_ADMIN = "customer@example.com", "admin@example.com"

_TICKET_LIFETIME = timedelta(seconds=60)
_TOUCHED_EVERY = timedelta(minutes=5)
LONGEST_NAME = 100
_LONGEST_USER_AGENT = 300
_RESET_TAKES_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class CurrentUser:
    """Who is signed in, as the doors need to know it."""

    id: str
    email: str
    name: str
    role: Role
    email_verified: bool
    locale: str


@dataclass(frozen=True, slots=True)
class SignedIn:
    """One browser that a user is signed in with. Instants are UTC."""

    id: str
    ip: str
    user_agent: str
    created_at: datetime
    last_seen_at: datetime
    is_this_one: bool


_cache: SessionCache[CurrentUser] = SessionCache()


def sign_up(email: str, password: str, *, name: str = "", locale: str = "en", ip: str = "") -> str:
    """Make a customer's account and queue the mail that proves the address.

    Returns a ticket for `redeem_ticket`: the customer is signed in at once. Raises InvalidEmail, WeakPassword,
    EmailTaken, RateLimited.
    """
    address = emails.clean(email)
    passwords.check_strength(password)
    throttle.check("sign_up", ip)
    now = real_now()
    user = UserRow(
        email=address,
        name=one_line(name, LONGEST_NAME),
        password_hash=passwords.hash_password(password),
        locale=known_locale(locale),
        created_at=now,
    )
    with transaction() as session:
        if not users.add(session, user):
            raise EmailTaken
        mails.enqueue(session, [links.letter_with_link(session, user, "verify", now)], now)
        ticket = _issue_ticket(session, user.id, now)
    outbox.wake()
    return ticket


def sign_in(email: str, password: str, *, ip: str = "") -> str:
    """A ticket for `redeem_ticket`. An unknown address takes the same time as a wrong password.

    Raises WrongCredentials, RateLimited.
    """
    try:
        address = emails.clean(email)
    except InvalidEmail:
        address = ""
    throttle.check("sign_in", address, ip)
    with reading() as session:
        user = users.by_email(session, address)
    fitting, fresh_hash = passwords.fits(password, user.password_hash if user else None)
    if user is None or not fitting or user.disabled_at is not None:
        raise WrongCredentials
    throttle.forgive("sign_in", address)
    with transaction() as session:
        if fresh_hash is not None:
            users.change(session, user.id, password_hash=fresh_hash)
        return _issue_ticket(session, user.id, real_now())


def redeem_ticket(ticket: str, *, ip: str = "", user_agent: str = "", replaces: str | None = None) -> str:
    """Turn a ticket into a session, once and within a minute; the session that it `replaces` ends.

    Returns the session's token for the cookie. Raises StaleLink.
    """
    now = real_now()
    token = secrets.token_urlsafe(32)
    with transaction() as session:
        user_id = sessions.use_token(session, "ticket", ticket, now)
        user = users.by_id(session, user_id) if user_id else None
        if user is None or user.disabled_at is not None:
            raise StaleLink
        ended = sessions.revoke(session, sessions.hash_of(replaces), now) if replaces else None
        sessions.open_session(
            session,
            SessionRow(
                user_id=user.id,
                token_hash=sessions.hash_of(token),
                ip=one_line(ip, LONGEST_NAME),
                user_agent=one_line(user_agent, _LONGEST_USER_AGENT),
                created_at=now,
                last_seen_at=now,
                expires_at=now + timedelta(days=get_settings().session_days),
            ),
        )
    if ended is not None:
        _cache.forget(ended)
    return token


def current_user(session_token: str | None) -> CurrentUser | None:
    """Who holds this session token, or None. At most two seconds old in another process, never in this one."""
    if not session_token:
        return None
    now = real_now()
    token_hash = sessions.hash_of(session_token)
    return _cache.get(token_hash, now, lambda: _look_up(token_hash, now))


def sign_out(session_token: str | None) -> None:
    """End this session. One that has ended, or never was, is left alone."""
    if not session_token:
        return
    with transaction() as session:
        user_id = sessions.revoke(session, sessions.hash_of(session_token), real_now())
    if user_id is not None:
        tell_of_change(user_id)


def sign_out_everywhere(user_id: str, *, keep: str | None = None) -> None:
    """End every session of the user but the one whose token is `keep`."""
    with transaction() as session:
        sessions.revoke_all(session, user_id, real_now(), keep=keep)
    tell_of_change(user_id)


def sessions_of(user_id: str, *, this: str | None = None) -> tuple[SignedIn, ...]:
    """The user's browsers that are signed in, the one used last first; the one whose token is `this` is marked."""
    this_hash = sessions.hash_of(this) if this else ""
    with reading() as session:
        rows = sessions.alive_sessions(session, user_id, real_now())
    return tuple(
        SignedIn(row.id, row.ip, row.user_agent, row.created_at, row.last_seen_at, row.token_hash == this_hash)
        for row in rows
    )


def verify_email(token: str) -> CurrentUser:
    """Take the word of the mailbox that the address is the user's, and grant the sign-up bonus.

    The bonus comes once per mailbox, however its address is spelled. A link that is followed again within its
    lifetime changes nothing and answers the same. Raises StaleLink.
    """
    now = real_now()
    with reading() as session:
        user_id = sessions.token_owner(session, "verify", token, now)
    if user_id is None:
        raise StaleLink
    user = confirm_address(user_id, now, token=token)
    tell_of_change(user_id)
    outbox.wake()
    return as_current(user)


def resend_verification(user_id: str) -> None:
    """Queue another mail with a link that proves the address, unless it is proved. Raises RateLimited, NotFound."""
    throttle.check("resend_verification", user_id)
    now = real_now()
    with transaction() as session:
        user = _user(session, user_id)
        if user.email_verified_at is None:
            mails.enqueue(session, [links.letter_with_link(session, user, "verify", now)], now)
    outbox.wake()


def request_password_reset(email: str, *, ip: str = "") -> None:
    """Queue a mail with a link to choose a new password, when there is such an account.

    Never tells whether there is: neither by its answer nor by the time it takes. Raises RateLimited.
    """
    began = time.monotonic()
    try:
        address = emails.clean(email)
    except InvalidEmail:
        address = ""
    throttle.check("password_reset", address, ip)
    now = real_now()
    with transaction() as session:
        user = users.by_email(session, address)
        if user is not None and user.disabled_at is None:
            mails.enqueue(session, [links.letter_with_link(session, user, "reset", now)], now)
    outbox.wake()
    time.sleep(max(0.0, _RESET_TAKES_SECONDS - (time.monotonic() - began)))


def reset_password(token: str, new_password: str) -> None:
    """Set a new password by the link of a reset mail; every session ends, and the address counts as proved.

    Raises StaleLink, WeakPassword (the link still works then).
    """
    passwords.check_strength(new_password)
    fresh_hash = passwords.hash_password(new_password)
    now = real_now()
    with transaction() as session:
        user_id = sessions.use_token(session, "reset", token, now)
        user = users.by_id(session, user_id) if user_id else None
        if user is None or user.disabled_at is not None:
            raise StaleLink
        _set_password(session, user, fresh_hash, now)
    confirm_address(user.id, now)
    tell_of_change(user.id)
    outbox.wake()


def change_password(user_id: str, old: str, new: str, *, keep: str | None = None) -> None:
    """Set a new password; every session ends but the one whose token is `keep`.

    Raises WrongCredentials, WeakPassword, RateLimited, NotFound.
    """
    throttle.check("password_change", user_id)
    passwords.check_strength(new)
    with reading() as session:
        stored = _user(session, user_id).password_hash
    if not passwords.fits(old, stored)[0]:
        raise WrongCredentials
    fresh_hash = passwords.hash_password(new)
    now = real_now()
    with transaction() as session:
        _set_password(session, _user(session, user_id), fresh_hash, now, keep=keep)
    tell_of_change(user_id)
    outbox.wake()


def set_locale(user_id: str, locale: str) -> None:
    """Set the language of the user's mails; an unknown one becomes the default. Raises NotFound."""
    _change(user_id, locale=known_locale(locale))


def set_name(user_id: str, name: str) -> None:
    """Set what the user is called, cut to 100 characters. Raises NotFound."""
    _change(user_id, name=one_line(name, LONGEST_NAME))


def sandbox_mail_link(who: str, kind: links.Kind) -> str | None:
    """The link in the newest mail of this kind to `who` (a user's id or address), so that a page can offer it.

    Only in sandbox mode, where mails go nowhere; elsewhere None, and None when there is no such mail.
    """
    if get_settings().mode != "sandbox":
        return None
    with reading() as session:
        user = users.by_email(session, who.strip().lower()) if "@" in who else users.by_id(session, who)
        mail = mails.newest(session, user.id, links.TEMPLATES[kind]) if user else None
    path = links.path_in(mail) if mail else None
    return links.address(path, mail.locale) if mail and path else None


def add_admin(email: str, password: str | None = None) -> None:
    """Make somebody an admin, on the operator's word that the address is theirs.

    Without an account one is made, which needs a password. A password given for an existing account replaces the old
    one and ends its sessions. Raises InvalidEmail, WeakPassword, Refused.
    """
    address = emails.clean(email)
    if password is not None:
        passwords.check_strength(password)
    fresh_hash = passwords.hash_password(password) if password is not None else None
    now = real_now()
    with transaction() as session:
        user = users.by_email(session, address)
        role_before = user.role if user else ""
        if user is None:
            if fresh_hash is None:
                raise Refused("There is no account {email} yet; give a password to make one.", email=address)
            user = UserRow(email=address, password_hash=fresh_hash, created_at=now)
            users.add(session, user)
        elif fresh_hash is not None:
            _set_password(session, user, fresh_hash, now)
        users.change(session, user.id, role="admin")
        users.mark_verified(session, user.id, now)
        audit.append(
            session,
            actor_id="cli",
            action="admin.add",
            subject=user.id,
            at=now,
            before={"role": role_before},
            after={"role": "admin"},
        )
    tell_of_change(user.id)


def seed_demo_accounts() -> None:
    """Make the demo customer and the demo admin with `DEMO_PASSWORD`; those that are there only get that password.

    Raises Refused outside sandbox mode.
    """
    settings = get_settings()
    if settings.mode != "sandbox":
        raise Refused("Demo accounts are made in sandbox mode only.")
    password = settings.demo_password.get_secret_value()
    _seed_demo_account(DEMO_CUSTOMER, "Demo Customer", "customer", password)
    _seed_demo_account(DEMO_ADMIN, "Demo Admin", "admin", password)


def _seed_demo_account(email: str, name: str, role: Role, password: str) -> None:
    with reading() as session:
        known = users.by_email(session, email)
    if known is not None and passwords.fits(password, known.password_hash)[0]:
        return
    fresh_hash = passwords.hash_password(password)
    now = real_now()
    with transaction() as session:
        if known is not None:
            users.change(session, known.id, password_hash=fresh_hash)
            return
        user = UserRow(email=email, name=name, role=role, is_demo=True, password_hash=fresh_hash, created_at=now)
        if not users.add(session, user):
            return
        users.mark_verified(session, user.id, now)
        grant_bonus(session, user)


def _look_up(token_hash: str, now: datetime) -> tuple[str, CurrentUser] | None:
    with reading() as session:
        found = sessions.user_behind(session, token_hash, now)
    if found is None:
        return None
    user, browser = found
    if now - browser.last_seen_at >= _TOUCHED_EVERY:
        with transaction() as session:
            sessions.touch(session, token_hash, now)
    return user.id, as_current(user)


def as_current(user: UserRow) -> CurrentUser:
    """A user's row as the doors need it."""
    return CurrentUser(
        id=user.id,
        email=user.email,
        name=user.name,
        role="admin" if user.role == "admin" else "customer",
        email_verified=user.email_verified_at is not None,
        locale=user.locale,
    )


def _issue_ticket(session: Session, user_id: str, now: datetime) -> str:
    ticket = secrets.token_urlsafe(32)
    sessions.add_token(session, sessions.new_token_row(user_id, "ticket", ticket, now, _TICKET_LIFETIME))
    return ticket


def _set_password(session: Session, user: UserRow, fresh_hash: str, now: datetime, *, keep: str | None = None) -> None:
    """What opened the account before opens it no longer, and its owner hears of it."""
    users.change(session, user.id, password_hash=fresh_hash)
    sessions.revoke_all(session, user.id, now, keep=keep)
    for kind in ("reset", "ticket"):
        sessions.use_up_tokens(session, user.id, kind, now)
    letter = Letter(
        dedupe_key=f"password_changed:{new_id()}",
        user_id=user.id,
        recipient=user.email,
        template="password_changed",
        locale=user.locale,
        context={"name": user.name, "changed_at": now.isoformat()},
    )
    mails.enqueue(session, [letter], now)


def _change(user_id: str, **values: str) -> None:
    with transaction() as session:
        if not users.change(session, user_id, **values):
            raise NotFound
    tell_of_change(user_id)


def _user(session: Session, user_id: str) -> UserRow:
    user = users.by_id(session, user_id)
    if user is None:
        raise NotFound
    return user


def tell_of_change(user_id: str) -> None:
    """After a commit that changed who a user is: ask the database anew, and let their pages know."""
    _cache.forget(user_id)
    signals.publish([user_id])


def known_locale(locale: str) -> str:
    """The language, or the default for one that we do not speak."""
    return locale if locale in LOCALES else DEFAULT_LOCALE


def one_line(text: str, longest: int) -> str:
    """Text that any database, mail header and page can take."""
    return "".join(letter for letter in text if letter.isprintable()).strip()[:longest]

"""API keys: what a customer's programs, or the operator's own servers, prove themselves with.

A key is shown once, when it is made. A customer's key acts for that customer; the operator's (scope `server`) acts for
any user, and is made at a terminal only.
"""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from nestpay import signals
from nestpay.billing.clock import real_now
from nestpay.billing.session_cache import SessionCache
from nestpay.domain.errors import NotAllowed, NotFound, Refused
from nestpay.store import api_keys as store
from nestpay.store import audit, users
from nestpay.store.session import reading, transaction
from nestpay.store.tables import ApiKeyRow

CREDITS_READ, CREDITS_WRITE = "credits:read", "credits:write"
ORDERS_READ = "orders:read"
SUBSCRIPTIONS_READ, SUBSCRIPTIONS_WRITE = "subscriptions:read", "subscriptions:write"
SERVER = "server"
SCOPES = (CREDITS_READ, CREDITS_WRITE, ORDERS_READ, SUBSCRIPTIONS_READ, SUBSCRIPTIONS_WRITE)
"""What a customer may allow a key to do."""
MOST_KEYS = 20

_START = "npk_"
_SHOWN = 8
_LONGEST_NAME = 100
_TOUCHED_EVERY = timedelta(minutes=1)
_OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls with a key. `user_id` is None for a server key, which may act for any user."""

    key_id: str
    user_id: str | None
    scopes: frozenset[str]

    def may(self, scope: str) -> bool:
        """Whether the key allows it; a server key allows everything."""
        return scope in self.scopes or SERVER in self.scopes


@dataclass(frozen=True, slots=True)
class KeyView:
    """A key as a list shows it: never the key itself. Instants are UTC."""

    id: str
    name: str
    prefix: str
    scopes: tuple[str, ...]
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was just made. `key` is shown now and never again."""

    key: str
    view: KeyView


_cache: SessionCache[Caller] = SessionCache()


def create(
    user_id: str, name: str, scopes: Iterable[str], *, expires_at: datetime | None = None, ip: str = ""
) -> NewKey:
    """Make a key of a user's, which may do what `scopes` (of SCOPES) say until `expires_at` (UTC; None: for good).

    Raises Refused: no name, no scope or an unknown one, an end that is past, or too many keys.
    """
    wanted = sorted(set(scopes))
    if not wanted or not set(wanted) <= set(SCOPES):
        raise Refused("A key needs at least one of these scopes: {scopes}.", scopes=", ".join(SCOPES))
    return _create(user_id, name, wanted, expires_at, actor_id=user_id, ip=ip)


def create_for_server(name: str) -> NewKey:
    """Make a key of the operator's own, which may do everything for any user. Raises Refused: no name."""
    return _create(None, name, [SERVER], None, actor_id="cli", ip="")


def keys_of(user_id: str | None) -> tuple[KeyView, ...]:
    """A user's keys that were not revoked, the newest first; None: the operator's."""
    with reading() as session:
        return tuple(_view(row) for row in store.of_user(session, user_id))


def revoke(user_id: str | None, key_id: str, *, ip: str = "") -> None:
    """End one of the user's own keys (None: of the operator's) at once. Raises NotFound."""
    now = real_now()
    with transaction() as session:
        row = store.revoke(session, user_id, key_id, now)
        if row is None:
            raise NotFound
        audit.append(
            session,
            actor_id=user_id or "cli",
            action="api_key.revoke",
            subject=key_id,
            at=now,
            before={"name": row.name, "prefix": row.prefix},
            ip=ip,
        )
    _cache.forget(user_id or _OPERATOR)
    signals.publish([user_id] if user_id else [])


def caller_of(key: str) -> Caller | None:
    """Who holds this key, or None. At most two seconds old in another process, never in this one."""
    if not key.startswith(_START):
        return None
    now = real_now()
    key_hash = _hash_of(key)
    return _cache.get(key_hash, now, lambda: _look_up(key_hash, now))


def remembered_caller(key: str) -> Caller | None:
    """What `caller_of` said within the last two seconds, without ever asking the database; None when it must be asked."""
    return _cache.remembered(_hash_of(key), real_now())


def user_for(caller: Caller, user_id: str | None) -> str:
    """Whom a call is about: `user_id` for a server key, the key's own user otherwise.

    Raises NotAllowed for somebody else's id, Refused when a server key does not say whom.
    """
    if caller.user_id is None:
        if not user_id:
            raise Refused("A server key acts for any user: say for whom, as user_id.")
        return user_id
    if user_id not in (None, caller.user_id):
        raise NotAllowed
    return caller.user_id


def existing_user_for(caller: Caller, user_id: str | None) -> str:
    """The same, and NotFound when a server key names somebody who is not there."""
    wanted = user_for(caller, user_id)
    if caller.user_id is None:
        with reading() as session:
            if users.by_id(session, wanted) is None:
                raise NotFound
    return wanted


def _create(
    user_id: str | None, name: str, scopes: list[str], expires_at: datetime | None, *, actor_id: str, ip: str
) -> NewKey:
    now = real_now()
    known_as = "".join(letter for letter in name if letter.isprintable()).strip()[:_LONGEST_NAME]
    if not known_as:
        raise Refused("A key needs a name, so that you recognise it later.")
    if expires_at is not None and expires_at <= now:
        raise Refused("A key cannot end before it begins.")
    key = f"{_START}{secrets.token_urlsafe(32)}"
    row = ApiKeyRow(
        user_id=user_id,
        name=known_as,
        prefix=key[: len(_START) + _SHOWN],
        key_hash=_hash_of(key),
        scopes=scopes,
        created_at=now,
        expires_at=expires_at,
    )
    with transaction() as session:
        if user_id is not None and len(store.of_user(session, user_id)) >= MOST_KEYS:
            raise Refused("You have {most} keys already. Revoke one first.", most=MOST_KEYS)
        store.add(session, row)
        after = {"name": known_as, "prefix": row.prefix, "scopes": scopes}
        audit.append(session, actor_id=actor_id, action="api_key.create", subject=row.id, at=now, after=after, ip=ip)
    signals.publish([user_id] if user_id else [])
    return NewKey(key, _view(row))


def _look_up(key_hash: str, now: datetime) -> tuple[str, Caller] | None:
    with reading() as session:
        row = store.alive(session, key_hash, now)
    if row is None:
        return None
    if row.last_used_at is None or now - row.last_used_at >= _TOUCHED_EVERY:
        with transaction() as session:
            store.touch(session, row.id, now)
    return row.user_id or _OPERATOR, Caller(row.id, row.user_id, frozenset(row.scopes))


def _view(row: ApiKeyRow) -> KeyView:
    return KeyView(row.id, row.name, row.prefix, tuple(row.scopes), row.created_at, row.last_used_at, row.expires_at)


def _hash_of(key: str) -> str:
    return hashlib.sha256(key.encode(errors="surrogatepass")).hexdigest()

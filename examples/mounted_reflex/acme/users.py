"""Acme's own people, in a table of its own, and the signed cookie that says who is back."""

import hashlib
import os
import secrets
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from itsdangerous import BadSignature, URLSafeSerializer

COOKIE = "acme_session"
FOLDER = Path(os.environ.get("VAR_DIR", "var"))
PEOPLE = (("1", "ada@acme.example", "Ada", False), ("2", "boss@acme.example", "Grace", True))
DEMO_PASSWORD = "acme-demo"  # noqa: S105  an example's


@dataclass(frozen=True)
class User:
    """Somebody who has an account at Acme."""

    id: str
    email: str
    name: str
    is_boss: bool


def sign_in(email: str, password: str) -> str | None:
    """The cookie's value for somebody with this password, or None."""
    with closing(_database()) as database:
        row = database.execute("select id, salt, hash from people where email = ?", (email,)).fetchone()
    if row is None or not secrets.compare_digest(_hash(password, row[1]), row[2]):
        return None
    return _signer().dumps(row[0])


def by_cookie(value: str) -> User | None:
    """Whose cookie this is; None for one that we did not sign."""
    try:
        user_id = _signer().loads(value)
    except BadSignature:
        return None
    with closing(_database()) as database:
        row = database.execute("select id, email, name, is_boss from people where id = ?", (user_id,)).fetchone()
    return User(row[0], row[1], row[2], bool(row[3])) if row else None


def _database() -> sqlite3.Connection:
    FOLDER.mkdir(parents=True, exist_ok=True)
    database = sqlite3.connect(FOLDER / "acme.sqlite")
    database.execute(
        "create table if not exists people (id text primary key, email text unique, name text, is_boss, salt blob, hash blob)"
    )
    if not database.execute("select 1 from people").fetchone():
        for person in PEOPLE:
            salt = secrets.token_bytes(16)
            row = (*person, salt, _hash(DEMO_PASSWORD, salt))
            database.execute("insert or ignore into people values (?, ?, ?, ?, ?, ?)", row)
        database.commit()
    return database


def _hash(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=2**14, r=8, p=1)


def _signer() -> URLSafeSerializer:
    FOLDER.mkdir(parents=True, exist_ok=True)
    key = FOLDER / "acme.key"
    if not key.exists():
        key.write_text(secrets.token_urlsafe(48))
    return URLSafeSerializer(key.read_text(), salt="acme session")

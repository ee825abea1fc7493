"""Passwords: how long they must be, and argon2 with the same work for an account that does not exist."""

import unicodedata
from functools import lru_cache

from pwdlib import PasswordHash

from nestpay.domain.errors import WeakPassword

SHORTEST = 10


def check_strength(password: str) -> None:
    """Raises WeakPassword when the password is too short."""
    if len(password.strip()) < SHORTEST:
        raise WeakPassword(shortest=SHORTEST)


def hash_password(password: str) -> str:
    """What is stored of a password. Takes a tenth of a second on purpose: never call it inside a transaction."""
    return _hasher().hash(_bytes(password))


def fits(password: str, stored: str | None) -> tuple[bool, str | None]:
    """Whether the password is the one behind `stored`, and a new hash when the stored one is out of date.

    With None (no such account) the same work is done and the answer is no, so that time tells nothing.
    """
    fitting, fresh = _hasher().verify_and_update(_bytes(password), stored or _decoy())
    return (fitting, fresh) if stored else (False, None)


def _bytes(password: str) -> bytes:
    """The same bytes for what looks the same, whichever keyboard it was typed on."""
    return unicodedata.normalize("NFKC", password).encode(errors="surrogatepass")


@lru_cache(maxsize=1)
def _hasher() -> PasswordHash:
    return PasswordHash.recommended()


@lru_cache(maxsize=1)
def _decoy() -> str:
    return hash_password("nobody has this password")

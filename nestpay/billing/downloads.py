"""Links to the files of products: signed, good for a quarter of an hour, and asked about again when they are followed."""

from pathlib import Path

from itsdangerous import BadSignature, URLSafeTimedSerializer

from nestpay.billing import entitlements
from nestpay.domain.errors import NotAllowed, NotFound, StaleLink
from nestpay.settings import get_settings
from nestpay.store import content
from nestpay.store.session import reading
from nestpay.store.tables import ProductRow

GOOD_FOR_SECONDS = 900


def folder() -> Path:
    """Where the files of products lie."""
    return get_settings().var_dir / "downloads"


def files() -> tuple[str, ...]:
    """The names of the files that a product can be. One with a dot before its name is none: it is still being written."""
    there = folder()
    found = there.iterdir() if there.is_dir() else ()
    return tuple(sorted(path.name for path in found if path.is_file() and not path.name.startswith(".")))


def link_to(user_id: str, slug: str) -> str:
    """A path that brings the product's file for a quarter of an hour. Raises NotAllowed, NotFound."""
    _file_of(user_id, slug)
    return f"/api/downloads/{_signer().dumps([user_id, slug])}"


def follow(token: str) -> Path:
    """The file that a link leads to, if whoever it was made for may still have it.

    Raises StaleLink, NotAllowed, NotFound.
    """
    try:
        user_id, slug = _signer().loads(token, max_age=GOOD_FOR_SECONDS)
    except (BadSignature, ValueError):
        raise StaleLink from None
    return _file_of(user_id, slug)


def _file_of(user_id: str, slug: str) -> Path:
    with reading() as session:
        row = content.by_slug_of_any(session, ProductRow, slug)
    if row is None or row.file not in files():
        raise NotFound
    names = (f"product:{slug}", *row.opens_to)
    if not any(entitlements.check(user_id, name).allowed for name in names):
        raise NotAllowed
    return folder() / row.file


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(get_settings().secret_key.get_secret_value(), salt="nestpay.download")

"""Pages of long lists by keyset: a mark says where a page begins, and nothing is ever counted or skipped over."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from nestpay.domain.errors import NotFound

T = TypeVar("T")
S = TypeVar("S")
_OLDER, _NEWER = "older", "newer"


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some rows, the newest first. Pass `next` (older rows) or `previous` (newer ones) on as `after`; None ends."""

    rows: tuple[T, ...]
    next: str | None = None
    previous: str | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a page begins: rows `older` or `newer` than `key`."""

    direction: str
    key: str


def read_mark(after: str | None) -> Mark | None:
    """The mark of an earlier page. Raises NotFound for a text that no page gave out."""
    if not after:
        return None
    direction, _, key = after.partition(":")
    if direction not in (_OLDER, _NEWER) or not key:
        raise NotFound
    return Mark(direction, key)


def page_from(
    found: Sequence[S], mark: Mark | None, limit: int, key: Callable[[S], str], show: Callable[[S], T]
) -> Page[T]:
    """A page of at most `limit` from up to `limit + 1` rows (newest first), which tell whether there are more."""
    has_more = len(found) > limit
    goes_newer = mark is not None and mark.direction == _NEWER
    shown = found[-limit:] if goes_newer and has_more else found[:limit]
    has_older = goes_newer or has_more
    has_newer = has_more if goes_newer else mark is not None
    return Page(
        rows=tuple(show(row) for row in shown),
        next=f"{_OLDER}:{key(shown[-1])}" if shown and has_older else None,
        previous=f"{_NEWER}:{key(shown[0])}" if shown and has_newer else None,
    )

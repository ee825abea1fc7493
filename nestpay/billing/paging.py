"""Pages of long lists by keyset: a mark says where a page begins, and nothing is ever counted or skipped over."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from nestpay.domain.errors import NotFound
from nestpay.store.keyset import Place

T = TypeVar("T")
S = TypeVar("S")
_OLDER, _NEWER, _LAST = "older", "newer", "last"
_LONGEST_ID, _LONGEST_NUMBER = 32, 18
LAST_PAGE = f"{_LAST}:page"
_LOWEST_ID = "0"
"""The mark of the page at a list's end."""


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some rows, the newest first. Pass `next` (older rows) or `previous` (newer ones) on as `after`; None ends."""

    rows: tuple[T, ...]
    next: str | None = None
    previous: str | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a page begins: rows `older` or `newer` than `key`, or the list's `last` ones."""

    direction: str
    key: str


def read_mark(after: str | None) -> Mark | None:
    """The mark of an earlier page. Raises NotFound for a text that no page gave out."""
    if not after:
        return None
    direction, _, key = after.partition(":")
    if direction not in (_OLDER, _NEWER, _LAST) or not key:
        raise NotFound
    return Mark(direction, key)


def page_from(
    found: Sequence[S], mark: Mark | None, limit: int, key: Callable[[S], str], show: Callable[[S], T]
) -> Page[T]:
    """A page of at most `limit` from up to `limit + 1` rows (newest first), which tell whether there are more."""
    has_more = len(found) > limit
    direction = mark.direction if mark else ""
    from_behind = direction in (_NEWER, _LAST)
    shown = found[-limit:] if from_behind and has_more else found[:limit]
    has_older = direction == _NEWER or (has_more and direction != _LAST)
    has_newer = has_more if from_behind else mark is not None
    return Page(
        rows=tuple(show(row) for row in shown),
        next=f"{_OLDER}:{key(shown[-1])}" if shown and has_older else None,
        previous=f"{_NEWER}:{key(shown[0])}" if shown and has_newer else None,
    )


def place_of(mark: Mark | None, read: Callable[[str], tuple[Any, str]]) -> Place | None:
    """The place that a mark stands for; `read` turns its key into a value and an id, or raises NotFound."""
    if mark is None:
        return None
    if mark.direction == _LAST:
        return Place("last")
    return Place("older" if mark.direction == _OLDER else "newer", read(mark.key))


def sides_of(mark: Mark | None) -> tuple[str | None, str | None]:
    """For lists in the order of their ids: the id that a page's rows are older than, and the one they are newer than."""
    if mark is None:
        return None, None
    if mark.direction == _LAST:
        return None, _LOWEST_ID
    return (mark.key, None) if mark.direction == _OLDER else (None, mark.key)


def dated_key(text: str) -> tuple[datetime, str]:
    """The instant and the id of a key such as `2027-03-05T12:00:00+00:00|0a1b`. Raises NotFound for another text."""
    moment, _, row_id = text.partition("|")
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        raise NotFound from None
    if at.tzinfo is None:
        raise NotFound
    return at, _checked_id(row_id)


def numbered_key(text: str) -> tuple[int, str]:
    """The number and the id of a key such as `1900|0a1b`. Raises NotFound for another text."""
    number, _, row_id = text.partition("|")
    if not (number.isdecimal() and number.isascii() and len(number) <= _LONGEST_NUMBER):
        raise NotFound
    return int(number), _checked_id(row_id)


def _checked_id(text: str) -> str:
    if not text.isalnum() or not text.isascii() or len(text) > _LONGEST_ID:
        raise NotFound
    return text

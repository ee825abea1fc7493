"""A page of a long list by its place: nothing is counted or skipped over, so the last page costs what the first does."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Select, func, literal, tuple_
from sqlalchemy.engine import RowMapping
from sqlmodel import Session

Direction = Literal["older", "newer", "last"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page lies in a list: the rows behind (`older`) or before (`newer`) a key, or the list's `last` ones.

    A key is the sorted column's value and the row's id, which settles what is equal.
    """

    direction: Direction
    key: tuple[Any, str] | None = None


def rows_at(
    session: Session,
    query: Select[Any],
    columns: tuple[Any, Any],
    *,
    place: Place | None,
    limit: int,
    descending: bool = True,
    is_narrow: bool = False,
) -> Sequence[RowMapping]:
    """Up to `limit` rows of a query at a place (None: the first ones), in the list's order by `columns` (value, id).

    `is_narrow`: the query finds few rows by an index of its own. They are sorted then; else a planner may walk the
    whole list in its order, looking for them.
    """
    is_backwards = place is not None and place.direction != "older"
    if place is not None and place.key is not None:
        bound = tuple_(*(literal(part, column.type) for part, column in zip(place.key, columns, strict=True)))
        query = query.where(tuple_(*columns) < bound if descending != is_backwards else tuple_(*columns) > bound)
    value, row_id = columns
    sorted_by = (func.coalesce(value, value), row_id) if is_narrow else columns
    order = [column.desc() if descending != is_backwards else column.asc() for column in sorted_by]
    found = session.execute(query.order_by(*order).limit(limit)).mappings().all()
    return found[::-1] if is_backwards else found

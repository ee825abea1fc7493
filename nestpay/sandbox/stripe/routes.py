"""How a call of the API is described: method, address, what it accepts and who answers it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from nestpay.sandbox.books import Books
from nestpay.sandbox.documents import Document
from nestpay.sandbox.stripe.wire import Hash, Listing, Parameter


@dataclass(slots=True)
class Call:
    """One request: the books it works on, the ids in its address, its parameters."""

    books: Books
    ids: tuple[str, ...]
    params: Document


def expandable(known: Mapping[str, Parameter]) -> dict[str, Parameter]:
    """The parameters plus `expand`."""
    return {**known, "expand": Listing()}


ONLY_EXPAND = Hash(expandable({}))


@dataclass(frozen=True)
class Route:
    """One call of the API; `handler` returns the object (or list) to show."""

    method: str
    path: str
    handler: Callable[[Call], Document]
    accepts: Hash = ONLY_EXPAND
    pattern: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        """Turn `/v1/things/{id}` into a pattern."""
        object.__setattr__(self, "pattern", re.compile(re.sub(r"\{\w+\}", "([^/]+)", self.path) + "$"))

"""How a call of Creem's API is described: method, address, what it accepts and who answers it."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from nestpay.sandbox.books import Books
from nestpay.sandbox.creem.wire import Shape
from nestpay.sandbox.documents import Document


@dataclass(slots=True)
class Call:
    """One request: the books it works on, the ids in its address, its parameters and the key it came with."""

    books: Books
    ids: tuple[str, ...]
    params: Document
    key: str = ""


NOTHING = Shape()


@dataclass(frozen=True)
class Route:
    """One call of the API; `handler` returns what is shown."""

    method: str
    path: str
    handler: Callable[[Call], Document]
    accepts: Shape = NOTHING
    pattern: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        """Turn `/v1/things/{id}` into a pattern."""
        object.__setattr__(self, "pattern", re.compile(re.sub(r"\{\w+\}", "([^/]+)", self.path) + "$"))

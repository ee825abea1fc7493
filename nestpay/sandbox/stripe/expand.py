"""`expand[]`: ids become whole objects, and lists that are left out by default are put in."""

from collections.abc import Callable
from dataclasses import dataclass

from nestpay.sandbox.books import Books
from nestpay.sandbox.documents import Document
from nestpay.sandbox.stripe.errors import StripeError
from nestpay.sandbox.stripe.records import shown

Fill = Callable[[Books, Document], object]
GREATEST_DEPTH = 4


def expand(books: Books, document: Document, paths: list[str], fills: dict[tuple[str, str], Fill]) -> Document:
    """The document with every path expanded. `fills` makes the fields that are null until expanded, by object and field.

    Raises StripeError (400) for a path that leads nowhere.
    """
    for path in paths:
        parts = path.split(".")
        depth = sum(part != "data" for part in parts)
        if depth > GREATEST_DEPTH:
            raise _wrong(f"You cannot expand more than {GREATEST_DEPTH} levels of a property. Property: {path}")
        document = _Expansion(books, path, fills).inside(document, parts, document, "")
    return document


@dataclass(frozen=True, slots=True)
class _Expansion:
    """One path on its way down; `owner` is the nearest real object above, `within` the way from it."""

    books: Books
    path: str
    fills: dict[tuple[str, str], Fill]

    def inside(self, document: Document, parts: list[str], owner: Document, within: str) -> Document:
        """The hash or object with the first part of the path expanded, and the rest inside that."""
        name, rest = parts[0], parts[1:]
        if name not in document:
            if document.get("deleted"):
                return document
            raise _wrong(f"This property cannot be expanded ({self.path}).")
        value = document[name]
        fill = self.fills.get((str(owner.get("object")), within + name))
        if fill is not None and value is None:
            value = fill(self.books, owner)
            value = shown(self.books, value) if isinstance(value, dict) else value
        elif isinstance(value, str):
            value = self.whole(value)
        elif isinstance(value, list):
            value = [self.whole(entry) for entry in value]
        if rest:
            value = self.deeper(value, rest, owner, f"{within}{name}.")
        return {**document, name: value}

    def deeper(self, value: object, rest: list[str], owner: Document, within: str) -> object:
        """The rest of the path, inside what was found."""
        if isinstance(value, list):
            return [self.deeper(entry, rest, owner, within) for entry in value]
        if not isinstance(value, dict):
            return value
        is_object = isinstance(value.get("object"), str)
        return self.inside(value, rest, value if is_object else owner, "" if is_object else within)

    def whole(self, value: object) -> object:
        """The object behind an id."""
        if not isinstance(value, str):
            return value
        found = self.books.find_any(value)
        if found is None:
            raise _wrong(f"This property cannot be expanded ({self.path}).")
        return shown(self.books, found)


def _wrong(message: str) -> StripeError:
    return StripeError(400, message, param="expand", started=False)

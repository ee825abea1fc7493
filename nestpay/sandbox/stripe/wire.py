"""Reading what a client sends: form bodies with nested brackets, and the parameters each call accepts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol
from urllib.parse import parse_qsl

from nestpay.sandbox.stripe.errors import malformed, required

Raw = str | dict[str, Any]


def read_form(text: str) -> dict[str, Raw]:
    """`a[b][0]=x&expand[]=y` as nested hashes; list indexes stay keys until a parameter says it is a list."""
    form: dict[str, Any] = {}
    for key, value in parse_qsl(text, keep_blank_values=True):
        path = [part.rstrip("]") for part in key.split("[")]
        place = form
        for part in path[:-1]:
            name = part or str(len(place))
            inside = place.get(name)
            if not isinstance(inside, dict):
                inside = place[name] = {}
            place = inside
        place[path[-1] or str(len(place))] = value
    return form


class Parameter(Protocol):
    """How one parameter is read."""

    def read(self, raw: Raw, name: str) -> Any:
        """The value, or None when it was sent empty to clear it. Raises StripeError (400)."""
        ...


@dataclass(frozen=True)
class Text:
    """A string; `choices` limits it, `most` is its greatest length."""

    choices: tuple[str, ...] = ()
    most: int = 5000

    def read(self, raw: Raw, name: str) -> str | None:
        """See `Parameter.read`."""
        if isinstance(raw, dict):
            raise malformed(f"Invalid string: {raw}", name, "parameter_invalid_string")
        if raw == "":
            return None
        if self.choices and raw not in self.choices:
            allowed = " or ".join(
                [", ".join(self.choices[:-1]), self.choices[-1]] if len(self.choices) > 1 else self.choices
            )
            raise malformed(f"Invalid {name}: must be one of {allowed}", name, "parameter_invalid_enum")
        if len(raw) > self.most:
            raise malformed(
                f"Invalid string: {raw[:20]}...; must be at most {self.most} characters",
                name,
                "parameter_invalid_string",
            )
        return raw


@dataclass(frozen=True)
class Integer:
    """A whole number within bounds; `words` are strings that are taken as they are (such as `now`)."""

    least: int | None = None
    most: int | None = None
    words: tuple[str, ...] = ()

    def read(self, raw: Raw, name: str) -> int | str | None:
        """See `Parameter.read`."""
        if raw == "":
            return None
        if isinstance(raw, str) and raw in self.words:
            return raw
        try:
            value = int(raw) if isinstance(raw, str) else None
        except ValueError:
            value = None
        if value is None:
            raise malformed(f"Invalid integer: {raw}", name, "parameter_invalid_integer")
        if self.least is not None and value < self.least:
            raise malformed(
                f"This value must be greater than or equal to {self.least}.", name, "parameter_invalid_integer"
            )
        if self.most is not None and value > self.most:
            raise malformed(f"This value must be less than or equal to {self.most}.", name, "parameter_invalid_integer")
        return value


@dataclass(frozen=True)
class Number:
    """A decimal number, kept as text so that nothing is rounded."""

    def read(self, raw: Raw, name: str) -> str | None:
        """See `Parameter.read`."""
        if raw == "":
            return None
        try:
            Decimal(raw if isinstance(raw, str) else "")
        except InvalidOperation:
            raise malformed(f"Invalid decimal: {raw}", name, "parameter_invalid_decimal") from None
        return str(raw)


@dataclass(frozen=True)
class Flag:
    """`true` or `false`."""

    def read(self, raw: Raw, name: str) -> bool | None:
        """See `Parameter.read`."""
        if raw in ("true", "1"):
            return True
        if raw in ("false", "0"):
            return False
        if raw == "":
            return None
        raise malformed(f"Invalid boolean: {raw}", name, "parameter_invalid_boolean")


@dataclass(frozen=True)
class Listing:
    """A list of one kind of thing; sent empty it is an empty list."""

    of: Parameter = field(default_factory=Text)

    def read(self, raw: Raw, name: str) -> list[Any]:
        """See `Parameter.read`."""
        if raw == "":
            return []
        if not isinstance(raw, dict) or not all(key.isdigit() for key in raw):
            raise malformed("Invalid array", name, "parameter_invalid_array")
        return [self.of.read(raw[key], f"{name}[{key}]") for key in sorted(raw, key=int)]


@dataclass(frozen=True)
class Metadata:
    """Keys and values of the client's own; an empty value removes its key, sent empty it removes all (None)."""

    def read(self, raw: Raw, name: str) -> dict[str, str] | None:
        """See `Parameter.read`."""
        if raw == "":
            return None
        if not isinstance(raw, dict) or any(isinstance(value, dict) for value in raw.values()):
            raise malformed("Invalid hash", name, "parameter_invalid_hash")
        for key, value in raw.items():
            if len(key) > 40 or len(value) > 500:
                limit = (
                    "keys can be up to 40 characters long" if len(key) > 40 else "values can be up to 500 characters"
                )
                raise malformed(f"Metadata {limit}.", f"{name}[{key[:40]}]", "parameter_invalid_string")
        if len(raw) > 50:
            raise malformed("Metadata can have up to 50 keys.", name, "parameter_invalid_hash")
        return dict(raw)


@dataclass(frozen=True)
class Anything:
    """A parameter that Stripe knows and the sandbox takes without acting on it."""

    def read(self, raw: Raw, name: str) -> Raw:
        """See `Parameter.read`."""
        return raw


class Hash:
    """A hash of named parameters; anything else in it is refused as Stripe refuses it."""

    def __init__(self, known: Mapping[str, Parameter], *, needs: tuple[str, ...] = (), ignores: str = "") -> None:
        self.known: dict[str, Parameter] = {**{name: Anything() for name in ignores.split()}, **known}
        self.needs = needs

    def read(self, raw: Raw, name: str) -> dict[str, Any] | None:
        """See `Parameter.read`; `name` is empty for a whole request."""
        if raw == "":
            return None
        if not isinstance(raw, dict):
            raise malformed("Invalid object", name, "parameter_invalid_object")
        values: dict[str, Any] = {}
        for key, value in raw.items():
            path = f"{name}[{key}]" if name else key
            if key not in self.known:
                raise malformed(f"Received unknown parameter: {path}", path, "parameter_unknown")
            values[key] = self.known[key].read(value, path)
        for key in self.needs:
            if values.get(key) in (None, ""):
                raise required(f"{name}[{key}]" if name else key)
        return values


@dataclass(frozen=True)
class OrWord:
    """Either one of some words or another kind of parameter (such as a hash)."""

    words: tuple[str, ...]
    other: Parameter

    def read(self, raw: Raw, name: str) -> Any:
        """See `Parameter.read`."""
        return raw if isinstance(raw, str) and raw in self.words else self.other.read(raw, name)


MOMENT_RANGE = Hash({word: Integer() for word in ("gt", "gte", "lt", "lte")})


@dataclass(frozen=True)
class Moments:
    """A time or a range of times, as list calls take it: `created=5` or `created[gte]=5`."""

    def read(self, raw: Raw, name: str) -> dict[str, int] | None:
        """See `Parameter.read`; a plain time becomes `{"eq": time}`."""
        if isinstance(raw, str) and raw:
            return {"eq": int(Integer().read(raw, name) or 0)}
        return MOMENT_RANGE.read(raw, name)


def merge_metadata(old: Mapping[str, str] | None, new: Mapping[str, str] | None) -> dict[str, str]:
    """Metadata after an update: None clears all, an empty value removes its key."""
    if new is None:
        return {}
    return {key: value for key, value in {**(old or {}), **new}.items() if value != ""}

"""Reading what a client sends: JSON bodies and queries, checked and refused in Creem's words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from nestpay.sandbox.creem.errors import bad
from nestpay.sandbox.documents import Document


class Field(Protocol):
    """One thing a call accepts: `faults` names what is wrong with a value, `from_query` reads it from an address."""

    def faults(self, name: str, value: Any) -> list[str]: ...

    def from_query(self, text: str) -> Any: ...


@dataclass(frozen=True, slots=True)
class Text:
    """Text, perhaps one of `choices`."""

    choices: tuple[str, ...] = ()
    most: int | None = None

    def faults(self, name: str, value: Any) -> list[str]:
        if not isinstance(value, str):
            return [f"{name} must be a string"]
        if self.choices and value not in self.choices:
            return [f"{name} must be one of the following values: {', '.join(self.choices)}"]
        if self.most is not None and len(value) > self.most:
            return [f"{name} must be shorter than or equal to {self.most} characters"]
        return []

    def from_query(self, text: str) -> Any:
        return text


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number."""

    least: int | None = None
    most: int | None = None

    def faults(self, name: str, value: Any) -> list[str]:
        if type(value) is not int:
            return [f"{name} must be an integer number"]
        if self.least is not None and value < self.least:
            return [f"{name} must not be less than {self.least}"]
        if self.most is not None and value > self.most:
            return [f"{name} must not be greater than {self.most}"]
        return []

    def from_query(self, text: str) -> Any:
        return int(text) if text.removeprefix("-").isdigit() else text


@dataclass(frozen=True, slots=True)
class Flag:
    """True or false."""

    def faults(self, name: str, value: Any) -> list[str]:
        return [] if isinstance(value, bool) else [f"{name} must be a boolean value"]

    def from_query(self, text: str) -> Any:
        return {"true": True, "false": False}.get(text, text)


@dataclass(frozen=True, slots=True)
class Anything:
    """An object, whatever is in it."""

    def faults(self, name: str, value: Any) -> list[str]:
        return [] if isinstance(value, dict) else [f"{name} must be an object"]

    def from_query(self, text: str) -> Any:
        return text


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of one kind of thing."""

    of: Field
    most: int | None = None

    def faults(self, name: str, value: Any) -> list[str]:
        if not isinstance(value, list):
            return [f"{name} must be an array"]
        if self.most is not None and len(value) > self.most:
            return [f"{name} must contain no more than {self.most} elements"]
        return [fault for index, one in enumerate(value) for fault in self.of.faults(f"{name}.{index}", one)]

    def from_query(self, text: str) -> Any:
        return text


@dataclass(frozen=True, slots=True)
class Shape:
    """An object with these fields and no other; `needs` must be there. A null counts as not given."""

    fields: Mapping[str, Field] = field(default_factory=dict)
    needs: tuple[str, ...] = ()

    def faults(self, name: str, value: Any) -> list[str]:
        if not isinstance(value, dict):
            return [f"{name} must be an object"]
        return self._faults(value, f"{name}." if name else "")

    def _faults(self, given: Document, prefix: str) -> list[str]:
        found = [f"property {prefix}{name} should not exist" for name in given if name not in self.fields]
        for name, one in self.fields.items():
            value = given.get(name)
            if value is not None:
                found += one.faults(prefix + name, value)
            elif name in self.needs:
                found.append(f"{prefix}{name} should not be empty")
        return found

    def from_query(self, text: str) -> Any:
        return text

    def read(self, given: Document, *, query: bool = False) -> Document:
        """What was given, without its nulls. Raises CreemError (400) that names everything that is wrong."""
        if query:
            given = {
                name: self.fields[name].from_query(value) if name in self.fields else value
                for name, value in given.items()
            }
        faults = self._faults(given, "")
        if faults:
            raise bad(*faults)
        return {name: value for name, value in given.items() if value is not None}

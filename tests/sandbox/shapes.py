"""Compares an object of the sandbox with the field lists and types of the installed SDK's own classes."""

import ast
import importlib
import inspect
import sys
import typing
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from functools import cache
from types import ModuleType
from typing import Any, ClassVar, Literal, Union, get_args, get_origin

import stripe
from stripe._object_classes import get_object_class

NEVER_TOLD = {"deleted"}
ONLY_ON_UPDATES = "event.data.previous_attributes"


def faults(value: dict[str, Any]) -> list[str]:
    """Everything that is missing, unknown or of the wrong type in an object, nested objects included."""
    cls = get_object_class("V1", value["object"])
    assert cls is not stripe.StripeObject, f"the SDK knows no object called {value['object']!r}"
    return list(_of_object(cls, value, value["object"]))


@cache
def fields(cls: type) -> dict[str, Any]:
    """The documented fields of one of the SDK's classes with their types."""
    found: dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        if not base.__module__.startswith("stripe.") or base.__module__ == "stripe._stripe_object":
            continue
        module = sys.modules[base.__module__]
        bare = type("Bare", (), {"__annotations__": inspect.get_annotations(base)})
        names = {**_imported_for_types(module), **vars(module), **_nested(cls), **_nested(base)}
        found |= typing.get_type_hints(bare, names, names)
    return {name: hint for name, hint in found.items() if get_origin(hint) is not ClassVar and name not in NEVER_TOLD}


def _nested(cls: type) -> dict[str, Any]:
    return {name: member for name, member in vars(cls).items() if inspect.isclass(member)}


@cache
def _imported_for_types(module: ModuleType) -> dict[str, Any]:
    """What the module imports only while types are checked."""
    names: dict[str, Any] = {}
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("stripe."):
            source = importlib.import_module(node.module or "")
            names |= {name.asname or name.name: getattr(source, name.name) for name in node.names}
    return names


def _of_object(cls: type, value: dict[str, Any], path: str) -> Iterator[str]:
    known = fields(cls)
    if value.get("deleted"):
        return
    for name in value.keys() - known.keys():
        yield f"{path}.{name} is not a field of {cls.__qualname__}"
    for name, hint in known.items():
        if name in value:
            yield from _of(hint, value[name], f"{path}.{name}")
        elif f"{path}.{name}" != ONLY_ON_UPDATES and not _belongs_to_another_kind(cls, name, hint, value):
            yield f"{path}.{name} is missing"


def _belongs_to_another_kind(cls: type, name: str, hint: Any, value: dict[str, Any]) -> bool:
    """Hashes such as `klarna` of a nested object are only there for their own type of payment."""
    optional = type(None) in get_args(hint)
    typed = "type" in fields(cls) and value.get("type") != name
    return optional and "object" not in value and (typed or cls.__name__ == "PaymentMethodOptions")


def _of(hint: Any, value: Any, path: str) -> Iterator[str]:
    origin, args = get_origin(hint), get_args(hint)
    if origin is Union:
        yield from _of_union(args, value, path)
    elif origin is Literal:
        if value not in args:
            yield f"{path} is {value!r}, none of {args[:6]}"
    elif origin is list:
        yield from _of_list(args[0], value, path)
    elif inspect.isclass(origin) and issubclass(origin, stripe.ListObject):
        yield from _of_list_object(args[0], value, path)
    elif inspect.isclass(origin) and issubclass(origin, stripe.StripeObject):
        yield from _of_map(args[0], value, path)
    elif inspect.isclass(hint) and issubclass(hint, stripe.StripeObject) and isinstance(value, dict):
        yield from _of_object(hint, value, path)
    elif hint is not Any and not _is_plain(hint, value):
        yield f"{path} is {value!r}, no {hint.__name__}"


def _of_list(of: Any, value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, list):
        yield f"{path} is no list"
        return
    for index, entry in enumerate(value):
        yield from _of(of, entry, f"{path}[{index}]")


def _of_union(args: tuple[Any, ...], value: Any, path: str) -> Iterator[str]:
    if value is None:
        if type(None) not in args:
            yield f"{path} must not be null"
        return
    literals = [branch for branch in args if get_origin(branch) is Literal]
    if literals and isinstance(value, str):
        # The SDK writes `Literal[...] | str` to live with values of tomorrow; today's sandbox uses today's.
        yield from _of(literals[0], value, path)
        return
    tries = [list(_of(branch, value, path)) for branch in args if branch is not type(None)]
    if all(tries):
        yield from min(tries, key=len)


def _of_list_object(of: Any, value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, dict) or value.keys() != {"object", "data", "has_more", "url"}:
        yield f"{path} is no list object"
        return
    for index, entry in enumerate(value["data"]):
        yield from _of(of, entry, f"{path}.data[{index}]")


def _of_map(of: Any, value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{path} is no hash"
        return
    for name, entry in value.items():
        yield from _of(of, entry, f"{path}[{name}]")


def _is_plain(hint: Any, value: Any) -> bool:
    if hint is Decimal:
        try:
            return isinstance(value, str) and Decimal(value).is_finite()
        except InvalidOperation:
            return False
    if isinstance(value, bool) or hint is bool:
        return isinstance(value, bool) and hint is bool
    return isinstance(value, (int, float) if hint is float else hint)

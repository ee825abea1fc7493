"""Many ids in one parameter: a statement keeps one text for any number of them, so it is compiled and planned once."""

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import ARRAY, Boolean, Text, and_, bindparam
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine


class _Ids(TypeDecorator[Iterable[str]]):
    """A PostgreSQL array of text, or for SQLite a JSON list."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(ARRAY(Text()) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Iterable[str] | None, dialect: Dialect) -> Any:
        ids = sorted(set(value or ()))
        return ids if dialect.name == "postgresql" else json.dumps(ids, ensure_ascii=False)


class _Among(FunctionElement[bool]):
    name = "among"
    type = Boolean()
    inherit_cache = True

    def self_group(self, against: Any = None) -> "_Among":
        # SQLAlchemy would write "… = 1" for a database without booleans, and SQLite then reads every row.
        return self


def among(column: Any, parameter: str) -> Any:
    """Whether `column` is one of the ids given as `parameter`, any iterable of texts."""
    return _Among(column, bindparam(parameter, type_=_Ids()))


def among_of(table: Any, column: str, parameter: str) -> Any:
    """The same for a column that is unique within a provider, whose index begins with it: `providers` are given too."""
    return and_(among(table.c.provider, "providers"), among(table.c[column], parameter))


@compiles(_Among, "postgresql")
def _in_array(element: _Among, compiler: Any, **options: Any) -> str:
    column, ids = (compiler.process(clause, **options) for clause in element.clauses)
    return f"{column} = ANY ({ids})"


@compiles(_Among, "sqlite")
def _in_json(element: _Among, compiler: Any, **options: Any) -> str:
    column, ids = (compiler.process(clause, **options) for clause in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({ids}))"  # noqa: S608  both are rendered by SQLAlchemy

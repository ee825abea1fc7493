"""Text that begins with what somebody typed, found by an index on both kinds of database."""

from typing import Any

from sqlalchemy import Boolean, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

_AFTER_EVERYTHING = "\U0010ffff"


class _Between(FunctionElement[bool]):
    name = "begins_with"
    type = Boolean()
    inherit_cache = True


def begins_with(column: Any, prefix: str) -> Any:
    """Whether `column` begins with `prefix`, byte by byte. On PostgreSQL its index needs `text_pattern_ops`."""
    return _Between(column, literal(prefix), literal(prefix + _AFTER_EVERYTHING))


@compiles(_Between)
def _by_bytes(element: _Between, compiler: Any, **options: Any) -> str:
    column, first, last = (compiler.process(clause, **options) for clause in element.clauses)
    return f"({column} >= {first} AND {column} < {last})"


@compiles(_Between, "postgresql")
def _whatever_the_collation(element: _Between, compiler: Any, **options: Any) -> str:
    column, first, last = (compiler.process(clause, **options) for clause in element.clauses)
    return f"({column} ~>=~ {first} AND {column} ~<~ {last})"

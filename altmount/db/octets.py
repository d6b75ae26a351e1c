"""How many bytes a text takes, as each dialect says it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Integer
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction


class octets(GenericFunction[int]):  # noqa: N801 - a function of SQL
    """The length of a text in UTF-8."""

    type = Integer()
    inherit_cache = True
    name = "octet_length"


@compiles(octets, "sqlite")
def _in_sqlite(element: octets, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401
    # Older versions have no octet_length().
    return f"length(CAST({compiler.process(element.clauses, **options)} AS BLOB))"

"""Lines of CSV that a spreadsheet shows as they are: what it would run as a formula is made harmless."""

import csv
import io
from collections.abc import Sequence

_BEGINS_A_FORMULA = "=+-@\t\r"


def line(values: Sequence[object]) -> str:
    """One line with its end. Numbers stay numbers."""
    buffer = io.StringIO()
    csv.writer(buffer).writerow([_harmless(value) for value in values])
    return buffer.getvalue()


def _harmless(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value[:1] in _BEGINS_A_FORMULA and value else value

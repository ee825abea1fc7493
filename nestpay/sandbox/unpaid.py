"""The rules for what is not paid, for every company alike: how often it is tried again, and what follows in the end."""

import json
from sqlite3 import Connection

from nestpay.sandbox.books import dump
from nestpay.sandbox.documents import Document

NAME = "dunning"
DEFAULT: Document = {"retry_days": [3, 5, 7], "final_action": "cancel"}
FINAL_ACTIONS = ("cancel", "unpaid", "past_due")


def rules_of(connection: Connection) -> Document:
    """`retry_days`: days between a failed try and the next; `final_action`: what follows the last one."""
    row = connection.execute("select value from settings where name = ?", (NAME,)).fetchone()
    return json.loads(row[0]) if row else dict(DEFAULT)


def configure(connection: Connection, retry_days: list[int], final_action: str) -> Document:
    """Set the rules. Raises ValueError for days or actions that make no sense."""
    if final_action not in FINAL_ACTIONS or len(retry_days) > 8 or any(not 1 <= days <= 60 for days in retry_days):
        raise ValueError(
            "retry_days: at most eight whole numbers from 1 to 60; final_action: cancel, unpaid or past_due"
        )
    rules = {"retry_days": retry_days, "final_action": final_action}
    connection.execute(
        "insert into settings(name, value) values (?, ?) on conflict(name) do update set value = excluded.value",
        (NAME, dump(rules)),
    )
    return rules

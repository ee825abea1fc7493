"""The company's books: what one piece of work reads, writes and announces, inside one transaction."""

import json
import secrets
import string
from collections.abc import Iterable
from dataclasses import dataclass, field
from sqlite3 import Connection
from typing import Any

from nestpay.sandbox.documents import Document

ALPHABET = string.ascii_letters + string.digits


def new_id(prefix: str, length: int = 24) -> str:
    """A fresh id such as `cus_9s6XKzkNRiz8i3` (random letters and digits)."""
    return prefix + "_" + "".join(ALPHABET[byte % len(ALPHABET)] for byte in secrets.token_bytes(length))


def dump(document: Any) -> str:
    """JSON as it is stored and sent."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


@dataclass(slots=True)
class Cause:
    """Who asked: the API request behind a change; empty when a page or the clock did it."""

    request: str | None = None
    idempotency_key: str | None = None


@dataclass(slots=True)
class Announcement:
    """An event that waits for the end of the work to be written down."""

    type: str
    object: Document
    previous: Document | None
    company: str = "stripe"


@dataclass(slots=True)
class Books:
    """One unit of work. `now` is the time of the work in seconds; `site` the public address of the sandbox.

    `clock` is the test clock the work runs on; its `now` is that clock's time then. `wakes` says that something is left
    to be done at once when the work is over.
    """

    connection: Connection
    now: int
    site: str
    cause: Cause = field(default_factory=Cause)
    announcements: list[Announcement | None] = field(default_factory=list)
    clock: str | None = None
    wakes: bool = False

    def find(self, kind: str, id: str) -> Document | None:
        """The document of that kind and id, or None."""
        row = self.connection.execute("select body from documents where id = ? and kind = ?", (id, kind)).fetchone()
        return json.loads(row[0]) if row else None

    def find_any(self, id: str) -> Document | None:
        """The document with that id, whatever it is, or None."""
        row = self.connection.execute("select body from documents where id = ?", (id,)).fetchone()
        return json.loads(row[0]) if row else None

    def kind_of(self, id: str) -> str | None:
        """Of what kind the document with that id is, or None."""
        row = self.connection.execute("select kind from documents where id = ?", (id,)).fetchone()
        return row[0] if row else None

    def inner(self, id: str) -> Document:
        """What the company remembers about a document without showing it."""
        row = self.connection.execute("select inner from documents where id = ?", (id,)).fetchone()
        return json.loads(row[0]) if row else {}

    def select(
        self, kind: str, where: str = "1", values: Iterable[Any] = (), tail: str = "order by seq desc"
    ) -> list[Document]:
        """Documents of a kind, newest first; `where` is SQL over `body`, `inner`, `created` and `seq`."""
        sql = f"select body from documents where kind = ? and {where} {tail}"  # noqa: S608  the code itself words it
        return [json.loads(row[0]) for row in self.connection.execute(sql, (kind, *values))]

    def add(self, document: Document, kind: str | None = None, **inner: Any) -> Document:
        """Write a new document; its kind is its `object` unless said otherwise."""
        self.connection.execute(
            "insert into documents(id, kind, created, body, inner) values (?, ?, ?, ?, ?)",
            (
                document["id"],
                kind or document["object"],
                document.get("created", self.now),
                dump(document),
                dump(inner),
            ),
        )
        return document

    def save(self, document: Document) -> Document:
        """Write an existing document back."""
        self.connection.execute("update documents set body = ? where id = ?", (dump(document), document["id"]))
        return document

    def remember(self, id: str, **changes: Any) -> Document:
        """Change what is remembered about a document without being shown."""
        inner = {**self.inner(id), **changes}
        self.connection.execute("update documents set inner = ? where id = ?", (dump(inner), id))
        return inner

    def announce(
        self, type: str, document: Document, previous: Document | None = None, company: str = "stripe"
    ) -> None:
        """Put an event of a company behind the others of this work; the document is copied as it is now."""
        self.announcements.append(Announcement(type, json.loads(dump(document)), previous, company))

    def said_by(self, company: str) -> list[Announcement]:
        """The events of this work that one company announced, in their order."""
        return [said for said in self.announcements if said is not None and said.company == company]

    def send(self, event_id: str, endpoint_id: str, due: float) -> None:
        """Have an event delivered to an endpoint at `due` (real seconds)."""
        sql = "insert into deliveries(event, endpoint, due) values (?, ?, ?)"
        self.connection.execute(sql, (event_id, endpoint_id, due))

    def hold_place(self) -> int:
        """Keep a place in the order of events for one whose contents are known later."""
        self.announcements.append(None)
        return len(self.announcements) - 1

    def fill_place(self, place: int, type: str, document: Document, previous: Document | None = None) -> None:
        """Put the event into the place that was kept."""
        self.announcements[place] = Announcement(type, json.loads(dump(document)), previous)

    def appoint(self, at: int, action: str, object_id: str) -> None:
        """Have `action` happen to the object at `at` (seconds); an earlier appointment of the same kind is moved."""
        self.connection.execute(
            "insert into appointments(at, action, object, clock) values (?, ?, ?, ?) "
            "on conflict(action, object) do update set at = excluded.at",
            (at, action, object_id, self.clock),
        )

    def cancel_appointment(self, action: str, object_id: str) -> None:
        """Forget the appointment, if there is one."""
        self.connection.execute("delete from appointments where action = ? and object = ?", (action, object_id))


def changed_from(before: Document, after: Document) -> Document:
    """What `previous_attributes` says: the old values of what changed, hashes member by member, lists whole."""
    previous: Document = {}
    for name in before.keys() | after.keys():
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        previous[name] = changed_from(old, new) if isinstance(old, dict) and isinstance(new, dict) else old
    return previous

"""The files of products as an admin keeps them: brought in piece by piece, replaced, deleted when no product has them.

A file is written beside its place, under a name that nothing is handed out by, and moved there once it is whole.
"""

import os
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from nestpay.billing import downloads
from nestpay.billing.clock import real_now
from nestpay.domain.errors import FileExists, FileInUse, FileTooLarge, InvalidFileName, NotFound
from nestpay.settings import get_settings
from nestpay.store import audit, content
from nestpay.store.columns import new_id
from nestpay.store.session import reading, transaction

_LONGEST_NAME, _LONGEST_NAME_BYTES = 120, 200
_FORBIDDEN = frozenset('<>:"/\\|?*')
_MEGABYTE = 1_000_000
_UNFINISHED = ".upload-"
_FORGOTTEN_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ProductFile:
    """A file, and the titles of the products that hand it out. `changed_at` is UTC."""

    name: str
    size_bytes: int
    changed_at: datetime
    products: tuple[str, ...]


def shelf() -> tuple[ProductFile, ...]:
    """All files by name."""
    uses = _uses()
    found = []
    for name in downloads.files():
        known = (downloads.folder() / name).stat()
        changed_at = datetime.fromtimestamp(known.st_mtime, UTC)
        found.append(ProductFile(name, known.st_size, changed_at, uses.get(name, ())))
    return tuple(found)


def check(name: str, size_bytes: int = 0, *, replace: bool = False) -> str:
    """The name under which such a file would be kept. Raises InvalidFileName, FileTooLarge, FileExists."""
    kept = unicodedata.normalize("NFC", name).strip()
    is_right = (
        0 < len(kept) <= _LONGEST_NAME
        and len(os.fsencode(kept)) <= _LONGEST_NAME_BYTES
        and kept.isprintable()
        and not _FORBIDDEN.intersection(kept)
        and not kept.startswith((".", "-"))
        and not kept.endswith(".")
    )
    if not is_right:
        raise InvalidFileName
    _refuse_too_large(size_bytes)
    if not replace and kept in downloads.files():
        raise FileExists
    return kept


class Upload:
    """A file that is coming in. Whoever begins one finishes or discards it; what is left behind goes after a day."""

    def __init__(self, name: str, size_bytes: int = 0, *, replace: bool = False) -> None:
        """`size_bytes` is what was announced, 0 for unknown. Raises InvalidFileName, FileTooLarge, FileExists."""
        self.name, self.size_bytes, self._replace = check(name, size_bytes, replace=replace), 0, replace
        downloads.folder().mkdir(parents=True, exist_ok=True)
        _sweep()
        self._path = downloads.folder() / f"{_UNFINISHED}{new_id()}"
        self._file = self._path.open("xb")

    def write(self, piece: bytes) -> None:
        """Keep the next piece. Raises FileTooLarge."""
        _refuse_too_large(self.size_bytes + len(piece))
        self.size_bytes += self._file.write(piece)

    def finish(self, *, by: str, ip: str = "") -> None:
        """Put the whole file into its place and write that down; `by` is the admin.

        Raises FileExists when another one took the place meanwhile.
        """
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        place = downloads.folder() / self.name
        before = {"bytes": place.stat().st_size} if self._replace and place.exists() else {}
        with transaction() as session:
            audit.append(
                session,
                at=real_now(),
                actor_id=by,
                action="file.replace" if before else "file.upload",
                subject=f"file:{self.name}",
                before=before,
                after={"bytes": self.size_bytes},
                ip=ip,
            )
            self._move_to(place)

    def _move_to(self, place: Path) -> None:
        if self._replace:
            self._path.replace(place)
            return
        try:
            os.link(self._path, place)  # unlike a move, it never covers another file
        except FileExistsError:
            raise FileExists from None
        self._path.unlink()

    def discard(self) -> None:
        """Leave nothing of an upload that was not finished; after `finish` there is nothing to do."""
        self._file.close()
        self._path.unlink(missing_ok=True)


def delete(name: str, *, by: str, ip: str = "") -> None:
    """Delete a file that no product hands out. Raises FileInUse, NotFound."""
    if name not in downloads.files():
        raise NotFound
    if products := _uses().get(name):
        raise FileInUse(product=products[0])
    place = downloads.folder() / name
    with transaction() as session:
        audit.append(
            session,
            at=real_now(),
            actor_id=by,
            action="file.delete",
            subject=f"file:{name}",
            before={"bytes": place.stat().st_size},
            ip=ip,
        )
        place.unlink()


def _refuse_too_large(size_bytes: int) -> None:
    limit = get_settings().upload_limit_mb
    if size_bytes > limit * _MEGABYTE:
        raise FileTooLarge(limit=limit)


def _uses() -> dict[str, tuple[str, ...]]:
    """The titles of the products that hand each file out."""
    with reading() as session:
        rows = content.products_with_files(session)
    return {file: tuple(row.title for row in rows if row.file == file) for file in {row.file for row in rows}}


def _sweep() -> None:
    """Remove what uploads left behind that nobody finished or discarded: their process died."""
    oldest = (real_now() - _FORGOTTEN_AFTER).timestamp()
    for path in downloads.folder().glob(f"{_UNFINISHED}*"):
        if path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)

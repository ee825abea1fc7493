"""Files of products: kept whole or not at all, under names that harm nobody, and as long as a product has them."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine

from nestpay.billing import downloads, product_files
from nestpay.billing.clock import real_now
from nestpay.billing.product_files import Upload
from nestpay.domain.errors import FileExists, FileInUse, FileTooLarge, InvalidFileName, NotFound
from nestpay.settings import reset_settings
from nestpay.store.tables import AuditRow, ProductRow
from tests import builders
from tests.billing.test_content import add

pytestmark = pytest.mark.usefixtures("sqlite_database", "own_folder")


@pytest.fixture
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAR_DIR", str(tmp_path / "files"))
    monkeypatch.setenv("UPLOAD_LIMIT_MB", "1")
    reset_settings()


def bring(name: str, *pieces: bytes, replace: bool = False) -> None:
    upload = Upload(name, replace=replace)
    for piece in pieces or (b"some bytes",):
        upload.write(piece)
    upload.finish(by="root", ip="10.0.0.1")
    upload.discard()


def written_down() -> list[tuple[str, str, object]]:
    return [(row.action, row.subject, row.after.get("bytes")) for row in builders.rows_of(AuditRow)]


def there() -> list[str]:
    folder = downloads.folder()
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def test_a_file_comes_in_pieces_and_is_handed_out_only_once_it_is_whole() -> None:
    upload = Upload("guide.pdf", 10)
    upload.write(b"first ")
    assert downloads.files() == ()
    upload.write(b"last")
    upload.finish(by="root", ip="10.0.0.1")
    upload.discard()
    assert (downloads.folder() / "guide.pdf").read_bytes() == b"first last"
    assert there() == ["guide.pdf"]
    assert written_down() == [("file.upload", "file:guide.pdf", 10)]


def test_nothing_is_left_of_a_file_that_did_not_arrive() -> None:
    upload = Upload("guide.pdf")
    upload.write(b"first ")
    upload.discard()
    assert (there(), written_down()) == ([], [])


@pytest.mark.parametrize(
    "name",
    [
        *("", ".", "..", ".env", "../secret", "a/b", "a\\b", "-rf", "a.", "what?", 'a"b', "two\nlines", "a\x00b"),
        *("\u202egpj.exe", "x" * 121, "é" * 110),
    ],
    ids=lambda name: repr(name[:8]),
)
def test_a_name_that_could_do_harm_is_refused(name: str) -> None:
    with pytest.raises(InvalidFileName):
        Upload(name)
    assert there() == []


@pytest.mark.parametrize("name", ["guide.pdf", "Guide d’été (2).zip", "定价指南.pdf", "no-ending", " spaces around "])
def test_a_name_of_any_language_is_kept(name: str) -> None:
    bring(name)
    assert there() == [name.strip()]


def test_what_is_too_large_is_refused_before_and_while_it_comes() -> None:
    with pytest.raises(FileTooLarge):
        Upload("guide.pdf", 1_000_001)
    upload = Upload("guide.pdf", 3)
    upload.write(b"x" * 1_000_000)
    with pytest.raises(FileTooLarge):
        upload.write(b"x")
    upload.discard()
    assert there() == []


def test_a_file_covers_another_one_only_when_that_is_wanted() -> None:
    bring("guide.pdf", b"old")
    with pytest.raises(FileExists):
        Upload("guide.pdf")
    bring("guide.pdf", b"newer", replace=True)
    assert (downloads.folder() / "guide.pdf").read_bytes() == b"newer"
    assert written_down()[-1] == ("file.replace", "file:guide.pdf", 5)


def test_of_two_that_come_at_once_the_first_one_stays() -> None:
    slow = Upload("guide.pdf")
    slow.write(b"slow")
    bring("guide.pdf", b"fast")
    with pytest.raises(FileExists):
        slow.finish(by="root")
    slow.discard()
    assert (there(), (downloads.folder() / "guide.pdf").read_bytes()) == (["guide.pdf"], b"fast")
    assert len(written_down()) == 1


def test_a_file_is_deleted_when_no_product_hands_it_out() -> None:
    bring("guide.pdf")
    bring("kit.zip")
    add(ProductRow, "kit", file="kit.zip")
    assert [(file.name, file.size_bytes, file.products) for file in product_files.shelf()] == [
        ("guide.pdf", 10, ()),
        ("kit.zip", 10, ("Kit",)),
    ]
    with pytest.raises(FileInUse):
        product_files.delete("kit.zip", by="root")
    product_files.delete("guide.pdf", by="root")
    assert there() == ["kit.zip"]
    assert written_down()[-1] == ("file.delete", "file:guide.pdf", None)
    for gone in ("guide.pdf", "../nestpay.sqlite"):
        with pytest.raises(NotFound):
            product_files.delete(gone, by="root")


def test_what_a_dead_process_left_behind_goes_after_a_day(clock: time_machine.Traveller) -> None:
    Upload("guide.pdf").write(b"never finished")
    (left,) = there()
    yesterday = (real_now() - timedelta(days=2)).timestamp()
    fresh = Upload("other.pdf")
    assert left in there()
    fresh.discard()
    os.utime(downloads.folder() / left, (yesterday, yesterday))
    bring("other.pdf")
    assert there() == ["other.pdf"]

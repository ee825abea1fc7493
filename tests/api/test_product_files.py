"""The route for files of products: for admins on our own pages, in pieces, and for the buyer's link afterwards."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from nestpay.api.app import build_api
from nestpay.billing import downloads
from nestpay.settings import reset_settings
from nestpay.store.tables import AuditRow
from tests import builders
from tests.api.browser import Browser
from tests.api.test_admin_files import signed_in

pytestmark = pytest.mark.usefixtures("sqlite_database", "own_folder")

FILE = "/api/admin/files/guide.pdf"
OURS = {"origin": "http://127.0.0.1:8000", "sec-fetch-site": "same-origin"}


@pytest.fixture
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAR_DIR", str(tmp_path / "files"))
    monkeypatch.setenv("UPLOAD_LIMIT_MB", "1")
    reset_settings()


def put(browser: Browser, content: bytes | AsyncIterator[bytes], path: str = FILE, **headers: str) -> httpx.Response:
    return browser.put(path, content=content, headers={**OURS, **headers})


async def pieces(size: int, count: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield b"x" * size


def there() -> list[str]:
    folder = downloads.folder()
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def test_an_admin_brings_a_file_and_replaces_it_only_when_asked_to() -> None:
    boss = signed_in("boss@example.com", role="admin")
    assert put(boss, pieces(1000, 700)).status_code == 201
    assert (downloads.folder() / "guide.pdf").stat().st_size == 700_000
    again = put(boss, b"newer")
    assert (again.status_code, again.json()["key"]) == (409, "errors.file_exists")
    assert put(boss, b"newer", f"{FILE}?replace=true").status_code == 201
    assert (downloads.folder() / "guide.pdf").read_bytes() == b"newer"
    assert {row.action for row in builders.rows_of(AuditRow)} >= {"file.upload", "file.replace"}
    assert put(boss, b"x", "/api/admin/files/%E5%AE%9A%E4%BB%B7.pdf").status_code == 201
    assert there() == ["guide.pdf", "定价.pdf"]


def test_nobody_else_brings_one_and_no_other_sites_page_does() -> None:
    assert put(Browser(build_api()), b"x").status_code == 401
    assert put(signed_in("ada@example.com"), b"x").status_code == 403
    boss = signed_in("boss@example.com", role="admin")
    elsewhere = ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"})
    for headers in elsewhere:
        assert put(boss, b"x", **headers).status_code == 403
    assert there() == []


def test_what_is_too_large_or_badly_named_leaves_nothing_behind() -> None:
    boss = signed_in("boss@example.com", role="admin")
    assert put(boss, b"x" * 1_000_001).status_code == 413
    assert put(boss, pieces(1000, 1001)).json()["key"] == "errors.file_too_large"
    for name in (".env", "a%5Cb", "%E2%80%AEgpj.exe", "x" * 121):
        assert put(boss, b"x", f"/api/admin/files/{name}").status_code == 422
    assert put(boss, b"x", "/api/admin/files/..%2Fsecret").status_code == 404
    assert there() == []


def test_a_connection_that_breaks_leaves_nothing_behind() -> None:
    async def breaks() -> AsyncIterator[bytes]:
        yield b"x" * 1000
        raise ConnectionError

    with pytest.raises(ConnectionError):
        put(signed_in("boss@example.com", role="admin"), breaks())
    assert there() == []

"""Pages with cards are served as the catalogue is now, at the cost of a look a second."""

import asyncio
from pathlib import Path

import httpx
import pytest
from starlette.responses import PlainTextResponse

from nestpay.billing import catalog, plan_editor, plan_shelf
from nestpay.store import session
from nestpay.web import pages
from nestpay.web.fresh import FreshPages

BUILT = "<html><body><h1>Pricing</h1><div><!--shelf:month-->old cards<!--/shelf--></div></body></html>"

assert pages  # registers every page


@pytest.fixture
def site(sqlite_database: str, tmp_path: Path) -> "Site":
    catalog.seed()
    for path, html in (("pricing", BUILT), ("fr/pricing", BUILT), ("terms", "<html>Terms</html>")):
        (tmp_path / path).mkdir(parents=True)
        (tmp_path / path / "index.html").write_text(html)
    return Site(tmp_path)


class Site:
    """A server that has nothing but such pages, and says `passed on` for everything else."""

    def __init__(self, folder: Path, seconds: float = -1) -> None:
        self.app, self.folder = FreshPages(PlainTextResponse("passed on"), folder, seconds), folder

    def get(self, path: str, **headers: str) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
                return await client.get(path, headers=headers)

        return asyncio.run(ask())


def rename(title: str) -> None:
    row = next(row for row in plan_shelf.every_plan() if row.key == "pro")
    there = plan_editor.load(row.plan_id)
    plan_editor.save(there.entry | {"title": title}, plan_id=row.plan_id, version=there.version, by="admin")


def test_an_edit_is_in_the_html_of_the_next_request(site: Site) -> None:
    before = site.get("/pricing/")
    assert "old cards" not in before.text
    assert ">Pro<" in before.text
    rename("Prö <b>& more</b>")
    after = site.get("/pricing/")
    assert "Prö &lt;b&gt;&amp; more&lt;/b&gt;" in after.text
    assert "<b>& more" not in after.text
    assert after.text.startswith("<html><body><h1>Pricing</h1>")
    assert after.headers["etag"] != before.headers["etag"]


def test_each_language_has_its_own_cards(site: Site) -> None:
    assert "S’abonner à Pro" in site.get("/fr/pricing/").text


def test_a_browser_that_has_the_page_gets_it_once(site: Site) -> None:
    etag = site.get("/pricing/").headers["etag"]
    again = site.get("/pricing/", **{"if-none-match": etag})
    assert (again.status_code, again.content) == (304, b"")
    rename("Professional")
    assert site.get("/pricing/", **{"if-none-match": etag}).status_code == 200


def test_pages_without_cards_and_pages_that_are_not_built_are_not_touched(site: Site) -> None:
    assert [site.get(path).text for path in ("/terms/", "/zh/pricing/", "/api/docs", "/assets/x.js")] == [
        "passed on"
    ] * 4


def test_a_page_is_drawn_again_for_a_new_catalogue_or_a_new_build_only(site: Site) -> None:
    site.get("/pricing/")
    first = site.app._made["/pricing"]
    site.get("/pricing/")
    assert site.app._made["/pricing"] is first
    rename("Professional")
    site.get("/pricing/")
    second = site.app._made["/pricing"]
    assert second.version > first.version
    (site.folder / "pricing/index.html").write_text(BUILT.replace("Pricing", "Prices"))
    assert "Prices" in site.get("/pricing/").text


def test_the_database_is_asked_once_a_second(site: Site) -> None:
    patient = Site(site.folder, seconds=60)
    patient.get("/pricing/")
    rename("Professional")
    assert "Professional" not in patient.get("/pricing/").text


def test_a_database_out_of_reach_leaves_the_page_as_it_was_last(site: Site) -> None:
    first = site.get("/pricing/").text
    session.disconnect()
    assert site.get("/pricing/").text == first
    assert site.get("/fr/pricing/").text == "passed on"

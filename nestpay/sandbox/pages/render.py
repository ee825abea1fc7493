"""Turning a template and its facts into a page; templates and files are read once, never through a shared thread."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, select_autoescape
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from nestpay.sandbox.money import shown as money

FOLDERS = (Path(__file__).parent, Path(__file__).parents[1] / "creem" / "pages")
ENVIRONMENT = Environment(
    loader=FileSystemLoader([folder / "templates" for folder in FOLDERS]),
    autoescape=select_autoescape(),
    trim_blocks=True,
    lstrip_blocks=True,
)
ENVIRONMENT.filters["money"] = money
ENVIRONMENT.filters["when"] = lambda seconds: datetime.fromtimestamp(seconds, UTC).strftime("%-d %B %Y")
ENVIRONMENT.filters["moment"] = lambda seconds: datetime.fromtimestamp(seconds, UTC).strftime("%-d %b %H:%M:%S")
KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
FILES = {
    file.name: (file.read_bytes(), KINDS[file.suffix])
    for folder in FOLDERS
    for file in sorted((folder / "static").iterdir())
}


def page(name: str, site: str, status: int = 200, **facts: Any) -> HTMLResponse:
    """The rendered template; `site` is the sandbox's public address, under which every link stands."""
    return HTMLResponse(ENVIRONMENT.get_template(name).render(site=site, **facts), status)


def away(url: str) -> RedirectResponse:
    """Send the browser on with a GET."""
    return RedirectResponse(url, 303)


def message(site: str, title: str, text: str, status: int = 200, link: tuple[str, str] | None = None) -> HTMLResponse:
    """A page that says one thing; `link` is a label and an address."""
    return page("message.html", site, status, title=title, text=text, link=link)


def static_routes() -> list[Route]:
    """The stylesheet and the script."""

    def file_route(name: str) -> Route:
        content, kind = FILES[name]

        async def answer(_: object) -> Response:
            return Response(content, media_type=kind, headers={"Cache-Control": "max-age=300"})

        return Route(f"/static/{name}", answer)

    return [file_route(name) for name in FILES]

"""A gated blog: posts are Markdown files, and what follows their line `<!-- more: name -->` is for whom that name is open.

A name is whatever nestpay answers for: `article:…`, `space:…`, `plan:pro`, or an entitlement of one's own.
"""

import os
import re
from pathlib import Path
from typing import Annotated

import nh3
from fastapi import FastAPI, Header, HTTPException
from fastapi.responses import HTMLResponse
from markdown_it import MarkdownIt

from nestpay.client import AsyncNestpay, NotReached, Problem

MORE = re.compile(r"^<!-- more: (\S+) -->$", re.MULTILINE)
POSTS = Path(__file__).parent / "posts"


def build(nestpay: AsyncNestpay, readers: dict[str, str], posts: Path = POSTS) -> FastAPI:
    """The blog. `readers` says whose token is whose: tokens of yours to e-mail addresses of nestpay's customers."""
    app = FastAPI(title="A gated blog")
    texts = {path.stem: path.read_text(encoding="utf-8") for path in posts.glob("*.md")}

    async def may_read(token: str, name: str) -> bool:
        if token not in readers:
            return False
        try:
            found = (await nestpay.customers(email=readers[token])).data
            return bool(found) and (await nestpay.check(name, user=found[0].id)).allowed
        except (NotReached, Problem):
            return False

    @app.get("/{slug}")
    async def post(slug: str, token: Annotated[str, Header(alias="X-Token")] = "") -> HTMLResponse:
        if slug not in texts:
            raise HTTPException(404, "There is no such post.")
        preview, *gated = MORE.split(texts[slug], maxsplit=1)
        if not gated:
            return _page(preview)
        name, rest = gated
        return _page(preview + (rest if await may_read(token, name) else "\n\n*The rest is for readers who have it.*"))

    return app


def _page(markdown: str) -> HTMLResponse:
    """What a reader gets; no cache on the way may keep it for the next one."""
    html = nh3.clean(MarkdownIt("commonmark", {"html": False}).render(markdown))
    return HTMLResponse(html, headers={"Cache-Control": "private, no-store"})


def from_environment() -> FastAPI:
    """The blog as `uvicorn --factory examples.gated_blog.app:from_environment` starts it. See README.md."""
    readers = dict(pair.split("=", 1) for pair in os.environ["READERS"].split(","))
    return build(AsyncNestpay(os.environ["NESTPAY_URL"], os.environ["NESTPAY_KEY"]), readers)

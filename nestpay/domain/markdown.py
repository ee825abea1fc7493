"""Markdown as safe HTML: what an admin writes must never become a script in a reader's browser."""

import nh3
from markdown_it import MarkdownIt

_writer = MarkdownIt("commonmark", {"html": False, "typographer": True}).enable(["table", "strikethrough"])
_TAGS = nh3.ALLOWED_TAGS - {"area", "map", "details", "summary"}


def to_html(text: str) -> str:
    """The HTML of a Markdown text, without anything that runs, frames or leads to other than web and mail addresses."""
    return nh3.clean(_writer.render(text), tags=_TAGS, url_schemes={"http", "https", "mailto"})

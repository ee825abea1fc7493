"""The documents build into a site that is whole: no link, anchor or page is missing, and it asks nobody else for anything."""

import importlib.util
import re
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.infra.rundir import once, run_dir

ROOT = Path(__file__).resolve().parents[2]
LOADED = re.compile(r"""<(?:script|link|img|iframe|source)\b[^>]*?\b(?:src|href)=["']?([^"'\s>]+)""")


def builder() -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_docs", ROOT / "scripts/build_docs.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def site() -> Path:
    """The site, built once a run, strictly."""
    return Path(once("site", lambda: str(builder().build(ROOT, run_dir() / "docs"))))


def navigation(entries: list[Any]) -> list[str]:
    """The pages that the side bar names, in their order."""
    found = []
    for entry in entries:
        for target in entry.values() if isinstance(entry, dict) else [entry]:
            found += navigation(target) if isinstance(target, list) else [target]
    return found


def in_the_side_bar() -> list[str]:
    return navigation(tomllib.loads((ROOT / "docs/site/zensical.toml").read_text())["project"]["nav"])


def test_the_side_bar_names_each_document_once_the_numbered_path_first(site: Path) -> None:
    named = in_the_side_bar()
    documents = {str(path.relative_to(ROOT / "docs")) for path in (ROOT / "docs").rglob("*.md")}
    assert sorted(named) == sorted(documents | {"index.md", "changes.md", "security.md"})
    numbered = [name for name in named if name[0].isdigit()]
    assert named[1 : 1 + len(numbered)] == sorted(numbered)
    assert [name for name in named if not (site / name).with_suffix(".html").exists()] == []


def test_no_page_loads_anything_from_elsewhere(site: Path) -> None:
    pages = {page: page.read_text() for page in site.rglob("*.html")}
    assert len(pages) > 30
    foreign = [(page.name, url) for page, html in pages.items() for url in LOADED.findall(html) if "//" in url]
    assert foreign == []
    styles = [path.read_text() for path in site.rglob("*.css")]
    assert [
        url for style in styles for url in re.findall(r"(?:@import|url\()\s*[\"']?((?:https?:)?//[^\"')]+)", style)
    ] == []


def test_links_out_of_the_documents_lead_to_pages_of_the_site(site: Path) -> None:
    assert 'href="files/examples/lab/__init__.py.html"' in (site / "extending.html").read_text()
    assert "lab_answer" in (site / "files/examples/lab/__init__.py.html").read_text()
    assert 'href="1_quickstart.html"' in (site / "index.html").read_text()
    assert (site / "pictures/pricing.png").exists()


def test_the_site_wears_our_colours_by_day_and_by_night(site: Path) -> None:
    ours = (ROOT / "assets/nestpay.css").read_text()
    tokens = (site / "assets/tokens.css").read_text()
    assert re.findall(r"--accent: (#\w+);", tokens) == re.findall(r"--accent: (#\w+);", ours)[:2]
    unknown = set(re.findall(r"var\(--(?!md-)([\w-]+)\)", (ROOT / "docs/site/site.css").read_text()))
    assert {name for name in unknown if f"--{name}:" not in tokens} == set()


@pytest.mark.parametrize(
    "link", ["[gone](no_such_page.md)", "[gone](2_concepts.md#no-such-place)", "![](pictures/no.png)"]
)
def test_a_broken_link_fails_and_is_shown(link: str, tmp_path: Path) -> None:
    root = tmp_path / "root"
    for name in ("docs/site/zensical.toml", "docs/site/site.css", "docs/2_concepts.md", "docs/events.md"):
        copy(name, root)
    for name in ("assets/favicon.svg", "assets/nestpay.css", "assets/fonts/inter-latin.woff2"):
        copy(name, root)
    (root / "README.md").write_text("# nestpay\n\n[Concepts](docs/2_concepts.md)\n")
    scripts = builder()
    scripts.build(root, tmp_path / "whole")
    (root / "docs/1_quickstart.md").write_text(f"# Begin\n\n{link}\n")
    with pytest.raises(scripts.BrokenDocuments, match=r"1_quickstart\.md"):
        scripts.build(root, tmp_path / "broken")


def copy(name: str, root: Path) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_bytes((ROOT / name).read_bytes())

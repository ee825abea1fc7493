"""Builds the documents into a static site: what they link to outside docs/ comes along as pages, and a broken link fails.

python scripts/build_docs.py      docs/ and the files that it links to, into build/site
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[1]
HOMES = {"README.md": "index.md", "CHANGELOG.md": "changes.md", "SECURITY.md": "security.md"}
FENCED = re.compile(r"^( *)(`{3,})[^\n]*\n.*?^\1\2 *$", re.DOTALL | re.MULTILINE)
TARGET = re.compile(r"""(?P<before>\]\(|\b(?:src|href)=")(?P<target>(?![a-z]+:|#|/)[^)#"\s]+)(?P<anchor>#[^)"\s]*)?""")
LANGUAGES = {".py": "python", ".toml": "toml", ".css": "css", ".json": "json", ".sh": "sh"}
PICTURES = (".png", ".svg")
COLOUR = re.compile(r"\x1b\[[\d;]*m")


class BrokenDocuments(Exception):
    """A link, an anchor or a page that is not there; the message shows each."""


class Pages:
    """Lays out, in `folder`, the pages of a site of `root`'s documents."""

    def __init__(self, root: Path, folder: Path) -> None:
        self._root, self._folder = root, folder
        self._written: set[PurePosixPath] = set()
        self.missing: list[str] = []

    def add(self, source: PurePosixPath) -> None:
        """Write the page of a file or folder (its path in the repository), and those of what it links to."""
        if source in self._written:
            return
        self._written.add(source)
        path, page = self._root / source, self._folder / self.page_of(source)
        page.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            page.write_text(self._rewritten(_listing(path), source, source / "index.md"))
        elif source.suffix == ".md":
            page.write_text(self._rewritten(path.read_text(), source, source))
        elif source.suffix in PICTURES:
            shutil.copy(path, page)
        else:
            page.write_text(f"# {source}\n\n````{LANGUAGES.get(source.suffix, 'text')}\n{path.read_text()}````\n")

    def page_of(self, source: PurePosixPath) -> PurePosixPath:
        """Where a file of the repository is in the site: those of docs/ at the top, others below files/."""
        if home := HOMES.get(str(source)):
            return PurePosixPath(home)
        place = source.relative_to("docs") if source.is_relative_to("docs") else "files" / source
        if (self._root / source).is_dir():
            return place / "index.md"
        return place if source.suffix in (".md", *PICTURES) else place.with_name(f"{place.name}.md")

    def _rewritten(self, text: str, source: PurePosixPath, seen_from: PurePosixPath) -> str:
        """The same text with each link to a file of the repository leading to that file's page."""
        here = self.page_of(source).parent

        def lead(link: re.Match[str]) -> str:
            target = PurePosixPath(os.path.normpath(seen_from.parent / link["target"]))
            if ".." in target.parts or not (self._root / target).exists():
                self.missing.append(f"{source} links to {link['target']}, which is not there.")
                return link[0]
            self.add(target)
            return f"{link['before']}{os.path.relpath(self.page_of(target), here)}{link['anchor'] or ''}"

        parts, end = [], 0
        for fence in FENCED.finditer(text):
            parts += [TARGET.sub(lead, text[end : fence.start()]), fence[0]]
            end = fence.end()
        return "".join([*parts, TARGET.sub(lead, text[end:])])


def _listing(folder: Path) -> str:
    names = sorted(path.name for path in folder.iterdir() if path.is_file())
    return f"# {folder.name.capitalize()}\n\n" + "".join(f"- [{name}]({name})\n" for name in names)


def _tokens(stylesheet: str) -> str:
    """Our design tokens by day, and what is different by night, which the site calls slate."""
    blocks = dict(re.findall(r"\{\s*color-scheme: (light|dark);(.*?)\}", stylesheet, re.DOTALL))
    return f':root {{{blocks["light"]}}}\n[data-md-color-scheme="slate"] {{{blocks["dark"]}}}\n'


def build(root: Path, folder: Path) -> Path:
    """Build the site of the documents of `root` in `folder`, and return where it is. Raises BrokenDocuments."""
    shutil.rmtree(folder, ignore_errors=True)
    pages = folder / "pages"
    assets = pages / "assets"
    assets.mkdir(parents=True)
    shutil.copy(root / "docs/site/zensical.toml", folder)
    shutil.copy(root / "docs/site/site.css", assets)
    shutil.copy(root / "assets/favicon.svg", assets / "logo.svg")
    shutil.copy(root / "assets/fonts/inter-latin.woff2", assets)
    (assets / "tokens.css").write_text(_tokens((root / "assets/nestpay.css").read_text()))
    layout = Pages(root, pages)
    for path in (root / "README.md", *sorted((root / "docs").rglob("*.md"))):
        layout.add(PurePosixPath(path.relative_to(root)))
    if layout.missing:
        raise BrokenDocuments("\n".join(layout.missing))
    command = [sys.executable, "-m", "zensical", "build", "--strict", "--config-file", str(folder / "zensical.toml")]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode:
        raise BrokenDocuments(COLOUR.sub("", f"{done.stdout}\n{done.stderr}".partition("Traceback")[0]))
    return folder / "site"


if __name__ == "__main__":
    site = ROOT / "build" / "site"
    try:
        built = build(ROOT, ROOT / "build" / "docs")
    except BrokenDocuments as broken:
        sys.exit(str(broken))
    shutil.rmtree(site, ignore_errors=True)
    built.rename(site)
    sys.stdout.write(f"The site is in {site}. To look at it: python -m http.server --directory build/site 8080\n")

"""Code blocks of the documents that bear a file's name, written into a folder as their reader would."""

import re
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"
TITLED = re.compile(r'^```\w+ title="([^"]+)"\n(.*?)^```$', re.DOTALL | re.MULTILINE)


def files_of(document: str) -> list[tuple[str, str]]:
    """Each file that a document has its reader write, with its text, in the document's order."""
    return TITLED.findall((DOCS / document).read_text())


def write_out(folder: Path, *documents: str) -> Path:
    """Follow the documents one after the other: a later block of the same name takes the place of an earlier one."""
    for document in documents:
        for name, text in files_of(document):
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    return folder

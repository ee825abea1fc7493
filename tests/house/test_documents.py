"""What the documents tell a reader to type exists."""

import re
from pathlib import Path

import typer

from nestpay.cli import cli

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/**/*.md")])
TEXTS = {path.relative_to(ROOT): path.read_text() for path in DOCUMENTS}
# In a sentence "make sure" is English: only what stands in a code block or a code span is a command.
CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)


def targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def commands() -> set[str]:
    program = typer.main.get_command(cli)
    return set(getattr(program, "commands", {}))


def typed(pattern: str) -> list[tuple[str, str]]:
    """Each hit of a pattern in the code of the documents, with the document it stands in."""
    return [
        (str(name), hit)
        for name, text in TEXTS.items()
        for code in CODE.findall(text)
        for hit in re.findall(pattern, code, re.MULTILINE)
    ]


def test_every_make_target_in_the_documents_exists() -> None:
    assert [where for where in typed(r"(?:^|`|\$ |&& )make ([a-z]+)") if where[1] not in targets()] == []


def test_every_command_in_the_documents_exists() -> None:
    assert [where for where in typed(r"python -m nestpay ([a-z]+)") if where[1] not in commands()] == []


def test_every_relative_link_in_the_documents_leads_somewhere() -> None:
    links = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")
    all_links = [(name, target) for name, text in TEXTS.items() for target in links.findall(text)]
    assert [(str(name), target) for name, target in all_links if not (ROOT / name.parent / target).exists()] == []


def test_every_make_target_explains_itself() -> None:
    text = (ROOT / "Makefile").read_text()
    phony = re.search(r"^\.PHONY: (.*)$", text, re.MULTILINE)
    assert phony
    explained = set(re.findall(r"^([a-z]+): ## \w", text, re.MULTILINE))
    assert set(phony.group(1).split()) == explained


def test_the_readme_leads_to_every_document() -> None:
    text = (ROOT / "README.md").read_text()
    documents = [*ROOT.glob("docs/*.md"), ROOT / "docs/decisions"]
    assert [path.name for path in documents if f"](docs/{path.name})" not in text] == []


def test_no_list_in_a_document_is_torn_apart() -> None:
    """A list that is torn apart by an empty line looks like two."""
    torn = re.compile(r"^- [^\n]+\n(?:  [^\n]+\n)*\n- ", re.MULTILINE)
    assert [str(name) for name, text in TEXTS.items() if torn.search(text)] == []

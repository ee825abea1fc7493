"""The sources keep the building code: short, explained, finished, and saying nothing about anybody's machine."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LONGEST_FILE = 450
LONGEST_FUNCTION = 60
MONEY = re.compile(
    r"(?:^|_)(?:amount|price|total|subtotal|discount|tax|fee|refunded|credits?|balance|minor|mrr|revenue)"
)
LEFT_OPEN = re.compile(r"\b(?:TODO|FIXME|XXX|HACK|NotImplementedError)\b")
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}
MACHINE_PATHS = re.compile(r"(?<![\w.])/(?:work|home/\w+|Users/\w+)/|\.\./shared")


def tracked(*patterns: str) -> list[Path]:
    """The files of the repository that match, as Git knows them; new ones that are not ignored too."""
    command = [
        "git",
        "-c",
        "safe.directory=*",
        "ls-files",
        "--cached",
        "--others",
        "--exclude-standard",
        "-z",
        "--",
        *patterns,
    ]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


SOURCES = [path for path in tracked("*.py") if path != ROOT / "nestpay/__init__.py"]
# A migration is one long list of what to do.
WRITTEN_BY_HAND = [path for path in SOURCES if path.parent != ROOT / "alembic/versions"]
PRODUCT = [path for path in SOURCES if path.is_relative_to(ROOT / "nestpay")]


def named(paths: list[Path]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("path", paths, ids=lambda path: str(path.relative_to(ROOT)))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


@named(SOURCES)
def test_a_file_begins_with_the_reason_it_exists(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text())), "no docstring at the top"


@named(WRITTEN_BY_HAND)
def test_a_file_stays_short(path: Path) -> None:
    lines = len(path.read_text().splitlines())
    assert lines <= LONGEST_FILE, f"{lines} lines; split it by reason"


@named(WRITTEN_BY_HAND)
def test_a_function_fits_a_screen(path: Path) -> None:
    long = [
        f"{node.name}: {length} lines"
        for node in functions(path)
        if (length := (node.end_lineno or 0) - node.lineno + 1) > LONGEST_FUNCTION
    ]
    assert not long, long


@named(PRODUCT)
def test_nothing_is_left_open(path: Path) -> None:
    found = [line for line in path.read_text().splitlines() if LEFT_OPEN.search(line)]
    assert not found, found


@named(PRODUCT)
def test_money_and_credits_are_never_floats(path: Path) -> None:
    found = [where for node in ast.walk(ast.parse(path.read_text())) for where in _floats_near_money(node)]
    assert not found, found


@named(PRODUCT)
def test_a_file_is_named_after_what_it_holds(path: Path) -> None:
    assert not VAGUE_NAMES & {path.stem, *path.relative_to(ROOT).parts}


def test_the_repository_names_nobodys_machine() -> None:
    found = []
    for path in tracked():
        if path != Path(__file__) and b"\0" not in (content := path.read_bytes()):
            text = content.decode(errors="replace")
            found += [f"{path.relative_to(ROOT)}: {hit.group()}" for hit in MACHINE_PATHS.finditer(text)]
    assert not found, found


def _floats_near_money(node: ast.AST) -> Iterator[str]:
    """A money word annotated with float, given a float, or made with float()."""
    is_wrong = False
    if isinstance(node, ast.AnnAssign):
        is_wrong = _is_money(node.target) and "float" in ast.unparse(node.annotation)
    elif isinstance(node, ast.arg):
        is_wrong = bool(MONEY.search(node.arg) and node.annotation and "float" in ast.unparse(node.annotation))
    elif isinstance(node, ast.Assign):
        is_wrong = _is_float(node.value) and any(_is_money(target) for target in node.targets)
    elif isinstance(node, ast.Call):
        is_wrong = ast.unparse(node.func) == "float" and any(_is_money(part) for part in ast.walk(node))
    if is_wrong:
        yield ast.unparse(node)


def _is_money(node: ast.AST) -> bool:
    name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
    return bool(MONEY.search(name))


def _is_float(node: ast.AST) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, float)
    return isinstance(node, ast.BinOp) and (
        isinstance(node.op, ast.Div) or _is_float(node.left) or _is_float(node.right)
    )

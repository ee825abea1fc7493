"""docs/seeds.md tells the truth: what it names is found where it says."""

import importlib
import pkgutil
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from sqlmodel import SQLModel
from starlette.routing import Route

import nestpay.api
import nestpay.store.tables
from nestpay.settings import Settings
from nestpay.web import register
from nestpay.web.pages import MODULES
from tests.house.test_settings_file import names_of

ROOT = Path(__file__).resolve().parents[2]
CODE = re.compile(r"`([^`]+)`")
HEADER = ["there", "ours", "where"]
COLUMN = re.compile(r"[a-z_]+\.[a-z_]+")
ROUTE = re.compile(r"(?:(?:GET|POST|DELETE) )?/[\w{}/-]*")
DOCUMENTS = {"Words that the documents share", "NestSaaS", "NEXTY.DEV, overview", "NEXTY.DEV, payment flow"}
DOCUMENTS |= {"Credit-based starter", "ScaleRocket"}


@dataclass(frozen=True)
class Row:
    """One line of one of the tables."""

    line: int
    document: str
    there: str
    ours: str
    where: str

    @property
    def names(self) -> list[str]:
        return CODE.findall(self.ours)

    @property
    def files(self) -> list[str]:
        return CODE.findall(self.where)


def read() -> list[Row]:
    rows, document, in_table = [], "", False
    for number, text in enumerate((ROOT / "docs/seeds.md").read_text().splitlines(), 1):
        if text.startswith("## "):
            document = text.removeprefix("## ")
        cells = [cell.strip() for cell in text.strip("|").split("|")]
        if not text.startswith("|"):
            in_table = False
        elif cells == HEADER:
            in_table = True
        elif in_table and not set(text) <= set("|- "):
            assert len(cells) == len(HEADER), f"line {number}: {len(cells)} cells"
            rows.append(Row(number, document, *cells))
    return rows


ROWS = read()


@cache
def routes() -> dict[str, str]:
    """Each route as `METHOD /path`, with the file that answers it."""
    found = {}
    for module in pkgutil.walk_packages(nestpay.api.__path__, "nestpay.api."):
        router = getattr(importlib.import_module(module.name), "router", None)
        for route in router.routes if router else ():
            if isinstance(route, Route):
                file = route.endpoint.__module__.replace(".", "/") + ".py"
                found |= {f"{method} {route.path}": file for method in route.methods}
    return found


@cache
def pages() -> dict[str, str]:
    """Each page's path with its file."""
    assert MODULES  # importing them registers the pages
    return {path: f"{entry.draw.__module__.replace('.', '/')}.py" for path, entry in register.pages.items()}


@cache
def text_of(file: str) -> str:
    return (ROOT / file).read_text()


def columns() -> dict[str, str]:
    """`table.column` of every table, with the file that declares it."""
    declared = {}
    for file in (ROOT / "nestpay/store/tables").glob("*.py"):
        for table in re.findall(r'__tablename__ = "(\w+)"', file.read_text()):
            declared[table] = str(file.relative_to(ROOT))
    return {
        f"{table.name}.{column.name}": declared[str(table.name)]
        for table in SQLModel.metadata.tables.values()
        for column in table.columns
    }


COLUMNS = columns()
TABLES = {name.split(".")[0] for name in COLUMNS}
VARIABLES = {name for field in Settings.model_fields for name in names_of(field)}


def missing(row: Row) -> list[str]:
    """The names of a row that are not found where the row says."""
    return [name for name in row.names if not is_found(name, row.files)]


def is_found(name: str, files: list[str]) -> bool:
    if COLUMN.fullmatch(name) and name.split(".")[0] in TABLES and COLUMNS.get(name):
        return COLUMNS[name] in files
    if name in VARIABLES:
        return "nestpay/settings.py" in files
    if name.startswith("python -m nestpay "):
        return bool(re.search(rf"^def {name.split()[3]}\(", text_of("nestpay/cli.py"), re.MULTILINE))
    if name.startswith("make "):
        return True  # tests/house/test_documents.py looks
    if ROUTE.fullmatch(name):
        return is_route_in(name, files)
    last = re.sub(r"\(.*\)", "", name).split(".")[-1]
    return any(re.search(rf"(?<![\w-]){re.escape(last)}(?![\w-])", text_of(file)) for file in files)


def is_route_in(name: str, files: list[str]) -> bool:
    if name in pages():
        return pages()[name] in files
    if name == "/api/docs":
        return name in text_of("nestpay/api/app.py")
    wanted = {name} if " " in name else {f"{method} {name}" for method in ("GET", "POST", "DELETE")}
    return any(file in files and any(fits(known, each) for each in wanted) for known, file in routes().items())


def fits(known: str, wanted: str) -> bool:
    """Whether a route, with its placeholders, answers this path."""
    pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(known))
    return bool(re.fullmatch(pattern, wanted))


def test_all_five_documents_and_their_shared_words_have_tables() -> None:
    assert {row.document for row in ROWS} == DOCUMENTS


def test_every_name_is_explained() -> None:
    assert [row.line for row in ROWS if not row.there or not row.ours] == []


def test_every_row_says_in_which_files() -> None:
    assert [row.line for row in ROWS if not row.files] == []


def test_every_file_exists() -> None:
    assert [(row.line, file) for row in ROWS for file in row.files if not (ROOT / file).exists()] == []


@pytest.mark.parametrize("document", sorted(DOCUMENTS))
def test_every_name_is_found_in_its_files(document: str) -> None:
    rows = [row for row in ROWS if row.document == document and all((ROOT / file).is_file() for file in row.files)]
    found = {f"line {row.line}: {row.ours}": missing(row) for row in rows}
    assert {where: names for where, names in found.items() if names} == {}


def test_every_row_names_something_to_look_for_or_a_folder_or_document_to_read() -> None:
    speaking = {".md", ""}
    assert [
        row.line for row in ROWS if not row.names and not speaking & {Path(file).suffix for file in row.files}
    ] == []

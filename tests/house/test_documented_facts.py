"""What the documents list is what there is: settings, events, pages, routes, and code that runs."""

import importlib
import re
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from reflex_base.registry import RegistrationContext
from sqlmodel import select

from nestpay.api import app
from nestpay.billing import accounts, catalog, handlers, identity, reactions
from nestpay.domain import facts
from nestpay.domain.ledger import LogType
from nestpay.mail import added
from nestpay.providers import registry
from nestpay.providers.creem import translate as creem
from nestpay.providers.stripe import translate as stripe
from nestpay.providers.stripe.client import API_VERSION
from nestpay.settings import Settings
from nestpay.store.session import reading
from nestpay.store.tables import PriceRecord, UserRow
from nestpay.web import host, i18n, register
from tests.house.test_documents import TEXTS
from tests.house.test_seeds import CODE, fits, pages, routes
from tests.house.test_settings_file import names_of
from tests.infra.written_out import files_of

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
ROUTE = re.compile(r"(?<![\w.:/])(/api/[\w{}/-]*[\w}])")
DOCS_OF_THE_API = {"/api/docs", "/api/openapi.json"}
OF_AN_EXAMPLE = ("/api/lab/", "/api/studio/")


def table(document: str, *header: str) -> list[list[str]]:
    """The cells of every table of a document with this header."""
    rows, in_table = [], False
    for line in (DOCS / document).read_text().splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not line.startswith("|"):
            in_table = False
        elif cells == list(header):
            in_table = True
        elif in_table and not set(line) <= set("|- "):
            rows.append(cells)
    assert rows, f"{document} has no table with the header {header}"
    return rows


def blocks(language: str) -> list[tuple[str, str]]:
    """Every code block in one language, with its document."""
    return [(str(name), code) for name, text in TEXTS.items() for kind, code in FENCE.findall(text) if kind == language]


def shown(default: object) -> str:
    value = default.get_secret_value() if hasattr(default, "get_secret_value") else default
    if value in ("", (), None) or "Undefined" in repr(value):
        return "–"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def test_every_setting_is_documented_with_its_default_and_no_other() -> None:
    documented = {
        name.strip("`"): default
        for name, default, _ in table("3_configuration.md", "setting", "default", "what it does")
    }
    fields = Settings.model_fields.items()
    assert documented == {names_of(name)[0]: shown(field.default) for name, field in fields}


def test_every_other_spelling_of_a_setting_is_documented() -> None:
    text = (DOCS / "3_configuration.md").read_text()
    assert [name for field in Settings.model_fields for name in names_of(field)[1:] if f"`{name}`" not in text] == []


def test_a_setting_that_nothing_uses_says_so() -> None:
    sources = [*(ROOT / "nestpay").rglob("*.py"), ROOT / "rxconfig.py"]
    code = "\n".join(path.read_text() for path in sources)
    read_by_name = re.compile(r"stripe_\w+_price_id")  # nestpay/billing/catalog.py puts these names together
    unused = {
        names_of(field)[0]
        for field in Settings.model_fields
        if not re.search(rf"\.{field}\b", code) and not read_by_name.fullmatch(field)
    }
    rows = table("3_configuration.md", "setting", "default", "what it does")
    assert {name.strip("`") for name, _, text in rows if "not used yet" in text} == unused


def documented_events() -> list[tuple[str, str, str]]:
    """Event, fact and function of each row; a row without an event continues the one above."""
    found, event = [], ""
    for cells in table("events.md", "event", "fact", "acted on by", "what changes"):
        event = cells[0].strip("`") or event
        found.append((event, cells[1].strip("`"), cells[2].strip("`")))
    return found


def test_the_table_of_events_has_every_type_that_we_act_on_and_no_other() -> None:
    assert {event for event, _, _ in documented_events()} == {*stripe._READERS, *creem._READERS}


def test_the_table_of_events_names_the_function_that_acts_on_each_fact() -> None:
    acting = {fact.__name__: function.__name__ for fact, function in handlers.HANDLERS.items()}
    acting |= {"SubscriptionChanged": "sync", "PaymentMade": "read_payment"}
    assert {(fact, function) for _, fact, function in documented_events()} == set(acting.items())


@pytest.mark.parametrize(
    ("title", "acted_on"), [("Stripe's events", stripe._READERS), ("Creem's events", creem._READERS)]
)
def test_the_guide_to_going_live_lists_the_events_that_we_act_on(title: str, acted_on: dict[str, Any]) -> None:
    assert dict(files_of("going_live.md"))[title].split() == sorted(acted_on)


def test_the_guide_to_going_live_names_the_version_of_the_api_that_we_speak() -> None:
    assert f"API version `{API_VERSION}`" in (DOCS / "going_live.md").read_text()


def test_every_fact_in_the_table_of_events_exists() -> None:
    assert [fact for _, fact, _ in documented_events() if not hasattr(facts, fact)] == []


def test_every_page_is_documented_and_no_other() -> None:
    documented = {cells[0].strip("`") for cells in table("7_pages_and_languages.md", "path", "for", "what")}
    assert documented == set(pages())


def test_every_type_of_log_line_is_documented_and_no_other() -> None:
    documented = {word for cells in table("6_credits.md", "type", "what happened") for word in CODE.findall(cells[0])}
    assert documented == {str(kind) for kind in LogType}


def test_every_api_route_that_a_document_names_exists() -> None:
    """docs/seeds.md also names routes of others; tests/house/test_seeds.py reads it."""
    known = {route.split(" ")[1] for route in routes()} | DOCS_OF_THE_API
    named = [
        (str(name), path)
        for name, text in TEXTS.items()
        if name.name != "seeds.md"
        for path in ROUTE.findall(text)
        if not path.startswith(OF_AN_EXAMPLE)
    ]
    assert [(name, path) for name, path in named if not any(fits(route, path) for route in known)] == []


SETTING = re.compile(r"`([A-Z][A-Z0-9]*_[A-Z0-9_]+|MODE|HOST|PORT)(?:=[^`]*)?`")
NO_SETTINGS = {"CREEM_WEBHOOK_SECRETS", "TEST_DATABASE_URL", "MAX_AGE"}


def test_every_setting_that_a_document_names_exists() -> None:
    """Names of others stand in docs/seeds.md; those of examples with the examples."""
    known = {name for field in Settings.model_fields for name in names_of(field)} | NO_SETTINGS
    named = [(str(name), word) for name, text in TEXTS.items() for word in SETTING.findall(text)]
    ours = [(name, word) for name, word in named if name.startswith("docs/") and not name.endswith("seeds.md")]
    assert [(name, word) for name, word in ours if word not in known] == []


FILE = re.compile(r"`((?:nestpay|tests|docs|alembic|assets|scripts)/[\w./-]+)`")


def test_every_file_that_a_document_names_exists() -> None:
    named = [(str(name), path) for name, text in TEXTS.items() for path in FILE.findall(text)]
    examples = {"tests/billing/test_checkout.py"}
    assert [(name, path) for name, path in named if not (ROOT / path).exists() and path not in examples] == []


def test_every_picture_in_a_document_is_one_that_is_taken() -> None:
    taken = set(
        re.findall(r'^    \("([\w-]+)", "/', (ROOT / "tests/launch/test_screenshots.py").read_text(), re.MULTILINE)
    )
    shown = [picture for text in TEXTS.values() for picture in re.findall(r"pictures/([\w-]+)\.png", text)]
    assert shown
    assert [picture for picture in shown if picture not in taken] == []


@pytest.mark.parametrize(("document", "code"), blocks("toml"))
def test_a_plans_file_in_a_document_can_be_seeded(
    document: str, code: str, sqlite_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "plans.toml").write_text(code)
    monkeypatch.setenv("PLANS_FILE", str(tmp_path / "plans.toml"))
    assert catalog.seed() == len(tomllib.loads(code)["plans"])


@pytest.mark.parametrize(("document", "code"), blocks("python"))
def test_python_in_a_document_runs(document: str, code: str, sqlite_database: str) -> None:
    catalog.seed()
    accounts.seed_demo_accounts()
    with nothing_registered_for_good():
        exec(compile(code, document, "exec"), {"__name__": "document", **names_that_documents_use()})


@contextmanager
def nothing_registered_for_good() -> Iterator[None]:
    """What an example registers must not be there for the tests after it."""
    pages, gates, menu = dict(register.pages), dict(register.gates), list(register.menu)
    with RegistrationContext.ensure_context().fork():  # of Reflex's own: an app, States
        yield
    app.added.clear()
    for there, before in ((register.pages, pages), (register.gates, gates)):
        there.clear()
        there.update(before)
    register.menu[:] = menu
    reactions.forget_all()
    identity.use(None)
    host.use(None)
    registry.clear()
    i18n._added_texts.clear()
    i18n.catalogue.cache_clear()


def names_that_documents_use() -> dict[str, Any]:
    with reading() as session:
        user_id = session.exec(select(UserRow.id).where(UserRow.email == accounts.DEMO_CUSTOMER)).one()
        price_id = session.exec(select(PriceRecord.id)).first()
    added.add("repository_invite", ROOT / "examples/repository_invite")
    return {"user_id": user_id, "price_id": price_id}


def test_python_in_a_document_is_there_to_be_run() -> None:
    assert blocks("python")
    assert importlib.import_module("nestpay.billing.credits")


def test_no_document_says_how_it_came_about() -> None:
    secret = re.compile(
        r"\b(?:session of the project|sub-?agent|helper session|issue #?\d+)\b|/work\b|shared/", re.IGNORECASE
    )
    found = [(str(name), hit) for name, text in TEXTS.items() for hit in secret.findall(text)]
    assert found == []

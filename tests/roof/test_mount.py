"""nestpay inside an app that was there before: its routes go first, its users are the customers, its life is ours."""

import asyncio
from collections.abc import Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from nestpay import mount
from nestpay.billing import accounts, catalog, house, identity
from nestpay.domain.errors import EmailTaken, WrongCredentials
from nestpay.launch import schema
from nestpay.mount import Person
from nestpay.providers import registry
from nestpay.settings import DangerousSettings, get_settings, reset_settings
from nestpay.store import session
from nestpay.store.tables import UserRow
from tests import builders

PEOPLE = {"ada": Person("7", "Ada@example.com", "Ada"), "root": Person("1", "root@example.com", is_admin=True)}


class HostsUsers:
    """An app whose cookie is the name of its user."""

    def person_of(self, cookies: Mapping[str, str]) -> Person | None:
        return PEOPLE.get(cookies.get("who", ""))


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """An app with a route and a life of its own, into which nestpay was put."""
    monkeypatch.setenv("VAR_DIR", str(tmp_path))
    monkeypatch.setenv("EMBEDDED_WORKER", "false")
    reset_settings()
    schema.migrate(get_settings().database)
    life: list[str] = []

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> Any:
        life.append("began")
        yield
        life.append("ended")

    app = FastAPI(lifespan=lifespan)
    mount.into_fastapi(app, users=HostsUsers())

    @app.get("/api/payments")
    def payments() -> dict[str, str]:
        return {"whose": "the host's own"}

    app.state.life = life
    yield app
    identity.use(None)
    registry.clear()
    session.disconnect()


async def ask(app: FastAPI, path: str, who: str = "") -> httpx.Response:
    transport = httpx.ASGITransport(app)
    site = get_settings().site_url
    async with httpx.AsyncClient(transport=transport, base_url=site, cookies={"who": who}) as client:
        return await client.get(path)


def test_the_apps_own_routes_go_first_and_nestpay_answers_the_rest(host: FastAPI) -> None:
    async def story() -> None:
        async with host.router.lifespan_context(host):
            assert (await ask(host, "/api/payments")).json() == {"whose": "the host's own"}
            assert (await ask(host, "/api/openapi.json")).json()["info"]["title"] == "nestpay"
            assert (await ask(host, "/api/v1/credits")).status_code == 401
            assert (await ask(host, "/nowhere")).status_code == 404

    asyncio.run(story())
    assert host.state.life == ["began", "ended"]


def test_the_apps_users_are_the_customers_and_stay_as_the_app_knows_them(host: FastAPI) -> None:
    async def story() -> None:
        async with host.router.lifespan_context(host):
            catalog.seed()
            answer = await ask(host, "/api/v1/credits", "ada")
            assert (answer.status_code, answer.json()["total"]) == (200, get_settings().signup_bonus_credits)
            await ask(host, "/api/v1/credits", "root")

    asyncio.run(story())
    found = {(row.external_id, row.email, row.role) for row in builders.rows_of(UserRow)}
    assert found == {("7", "ada@example.com", "customer"), ("1", "root@example.com", "admin")}
    renamed = identity.of_host("7", "ada@new.example", "Ada L.", False, "fr")
    assert renamed is not None
    assert (renamed.email, renamed.name, renamed.locale) == ("ada@new.example", "Ada L.", "fr")


def test_two_people_of_the_app_cannot_share_an_address(host: FastAPI) -> None:
    identity.of_host("7", "ada@example.com", "Ada", False, "en")
    with pytest.raises(EmailTaken):
        identity.of_host("8", "ada@example.com", "Eve", False, "en")


def test_no_password_opens_an_account_of_the_apps(host: FastAPI) -> None:
    identity.of_host("7", "ada@example.com", "Ada", False, "en")
    with pytest.raises(WrongCredentials):
        accounts.sign_in("ada@example.com", "")


def test_somebody_who_is_disabled_here_is_nobody(host: FastAPI) -> None:
    ada = identity.of_host("7", "ada@example.com", "Ada", False, "en")
    assert ada is not None
    builders.set_columns(UserRow, "id", ada.id, disabled_at=builders.LONG_AGO)
    assert identity.of_host("7", "ada@example.com", "Ada", False, "en") is None


def test_a_database_without_tables_is_one_clear_line(tmp_path: Path, host: FastAPI) -> None:
    session.connect(f"sqlite:///{tmp_path}/empty.sqlite")
    with pytest.raises(DangerousSettings, match="python -m nestpay migrate"):
        house.claim_database()

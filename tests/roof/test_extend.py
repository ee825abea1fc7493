"""What a developer builds with `nestpay.extend`: gates that fail closed, prices that are paid once, packages that load."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest
from fastapi import APIRouter, FastAPI

from nestpay import extend
from nestpay.api import app, errors
from nestpay.api.app import build_api
from nestpay.billing import credits, deliveries, inbox
from nestpay.billing.accounts import CurrentUser
from nestpay.billing.clock import real_now
from nestpay.domain.errors import Conflict, NotEnoughCredits, NotIncluded, SignInRequired
from nestpay.domain.facts import Refunded
from nestpay.domain.orders import OrderStatus
from nestpay.launch import schema
from nestpay.settings import reset_settings
from nestpay.store import session as store
from nestpay.store.tables import OrderRow
from tests import builders
from tests.api.browser import Browser
from tests.billing import people
from tests.billing.test_inbox import deliver, purchase
from tests.billing.test_metering import set_benefits
from tests.billing.test_seats import add_subscription
from tests.shop import Shop

ROOT = Path(__file__).resolve().parents[2]


def person(user_id: str) -> CurrentUser:
    return CurrentUser(user_id, "ada@example.com", "Ada", "customer", True, "en")


# Gates


@extend.requires(plan="pro")
def pro_only() -> str:
    return "open"


def test_a_gate_lets_nobody_through_who_is_not_known(shop: Shop) -> None:
    with pytest.raises(SignInRequired):
        pro_only()


def test_a_gate_opens_for_the_plan_and_says_what_would_open_it(shop: Shop) -> None:
    with extend.acting_as(person(shop.user_id)):
        with pytest.raises(NotIncluded, match="Pro"):
            pro_only()
        add_subscription(shop)
        assert pro_only() == "open"


def test_a_gate_opens_for_a_purchase_until_its_money_went_back(shop: Shop) -> None:
    gate = extend.requires(purchase="credits-500")
    with pytest.raises(NotIncluded):
        gate.check(person(shop.user_id))
    bought = builders.add_order(shop.user_id, shop.pack, status=OrderStatus.SUCCEEDED)
    assert gate.check(person(shop.user_id)).id == shop.user_id
    builders.set_columns(OrderRow, "id", bought.id, status=OrderStatus.REFUNDED)
    with pytest.raises(NotIncluded):
        gate.check(person(shop.user_id))


def test_a_gate_that_nothing_opens_is_refused_when_it_is_written() -> None:
    with pytest.raises(ValueError, match="something that opens it"):
        extend.requires()


def test_a_gate_guards_coroutines_and_routes_alike(shop: Shop) -> None:
    gate = extend.requires(plan="pro")

    @gate
    async def work() -> str:
        user = extend.current_user()
        return user.id if user else ""

    async def as_ada() -> str:
        with extend.acting_as(person(shop.user_id)):
            return await work()

    with pytest.raises(NotIncluded):
        asyncio.run(as_ada())
    add_subscription(shop)
    assert asyncio.run(as_ada()) == shop.user_id


def test_a_route_behind_a_gate_answers_401_403_and_then_200(shop: Shop) -> None:
    lab_app = FastAPI()
    errors.install(lab_app)
    gate = extend.requires(plan="pro")

    @lab_app.get("/lab")
    def lab(user: CurrentUser = gate.user) -> dict[str, str]:
        return {"hello": user.email}

    visitor = Browser(lab_app)
    assert visitor.get("/lab").status_code == 401
    user, token = people.enter("eve@example.com")
    visitor.cookies.set("nestpay_session", token)
    answer = visitor.get("/lab")
    assert (answer.status_code, answer.json()["key"]) == (403, "errors.not_included")
    add_subscription(shop, user_id=user.id)
    assert visitor.get("/lab").json() == {"hello": "eve@example.com"}


def test_routes_of_ones_own_answer_beside_ours_with_our_errors_and_stand_in_the_documents(shop: Shop) -> None:
    router = APIRouter()

    @router.post("/api/lab/words")
    def words(user: extend.SignedIn) -> dict[str, str]:
        return {"of": user.email}

    @router.get("/api/v1/credits")
    def ours_to_answer() -> None: ...

    extend.routes(extend.routes(router))
    api = build_api()
    app.added.clear()
    visitor = Browser(api)
    assert visitor.post("/api/lab/words", json={}).json()["key"] == "errors.sign_in_required"
    assert visitor.get("/api/v1/credits").status_code == 401
    user, token = people.enter("eve@example.com")
    visitor.cookies.set("nestpay_session", token)
    assert visitor.post("/api/lab/words", json={}).json() == {"of": user.email}
    assert visitor.post("/api/lab/words", content="", headers={"Origin": "https://evil.example"}).status_code == 403
    assert "/api/lab/words" in visitor.get("/api/openapi.json").json()["paths"]


# Prices


@extend.meter(credits=3, key="request_id", feature="answer")
def answer(question: str, request_id: str) -> str:
    if not question:
        raise ValueError("Ask something.")
    return question.upper()


def left(user_id: str) -> int:
    return credits.get_user_benefits(user_id).total_available_credits


def test_a_metered_call_is_paid_once_per_key_however_often_it_is_made(shop: Shop) -> None:
    builders.give_credits(shop.user_id, 10)
    with extend.acting_as(person(shop.user_id)):
        assert [answer("why", "r1") for _ in range(3)] == ["WHY"] * 3
        assert left(shop.user_id) == 7
        answer("how", "r2")
    assert left(shop.user_id) == 4


def test_a_metered_call_that_raises_costs_nothing_and_may_be_tried_again(shop: Shop) -> None:
    builders.give_credits(shop.user_id, 10)
    with extend.acting_as(person(shop.user_id)):
        for _ in range(2):
            with pytest.raises(ValueError, match="Ask something"):
                answer("", "r1")
        assert left(shop.user_id) == 10
        answer("why", "r1")
    assert left(shop.user_id) == 7


def test_a_metered_call_needs_somebody_who_can_pay(shop: Shop) -> None:
    with pytest.raises(SignInRequired):
        answer("why", "r1")
    with extend.acting_as(person(shop.user_id)), pytest.raises(NotEnoughCredits):
        answer("why", "r1")


def test_a_metered_coroutine_may_reckon_its_price_from_the_call_and_does_not_run_twice_at_once(shop: Shop) -> None:
    builders.give_credits(shop.user_id, 10)
    began = asyncio.Event()

    @extend.meter(credits=lambda text, key: len(text), key="key", feature="words")
    async def slowly(text: str, key: str) -> str:
        began.set()
        await asyncio.sleep(0.2)
        return text

    async def twice() -> None:
        with extend.acting_as(person(shop.user_id)):
            first = asyncio.create_task(slowly("four", "k"))
            await began.wait()
            with pytest.raises(Conflict):
                await slowly("four", "k")
            assert await first == "four"

    asyncio.run(twice())
    assert left(shop.user_id) == 6


# Benefits


class Club:
    name = "club"

    def __init__(self) -> None:
        self.members: set[str] = set()

    def carry_out(self, parcel: extend.Parcel) -> dict[str, str]:
        self.members.add(parcel.user_id)
        return {"welcome": parcel.email}

    def take_back(self, parcel: extend.Parcel, result: dict[str, str]) -> None:
        self.members.discard(parcel.user_id)


def test_a_benefit_of_ones_own_comes_with_the_payment_and_goes_with_the_money(shop: Shop) -> None:
    club = Club()
    extend.benefit(club)
    set_benefits(shop.pack.plan_id, deliveries=["club"])
    deliver(purchase(shop, payment_intent="pi_1"))
    deliveries.run_due()
    assert club.members == {shop.user_id}
    inbox.apply(
        [
            Refunded(
                provider="stripe",
                at=real_now(),
                refund_id="re_1",
                payment_intent_id="pi_1",
                amount=900,
                currency="usd",
                status="succeeded",
            )
        ]
    )
    deliveries.run_due()
    assert club.members == set()


# Packages


def python(program: str, **environment: str) -> subprocess.CompletedProcess[str]:
    found = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'examples'}", **environment}
    return subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=found, capture_output=True, text=True)


def test_an_extension_loads_in_a_worker_without_reflex() -> None:
    program = """
import sys
from nestpay.billing import extensions
extensions.load()
assert "lab" in sys.modules
sys.exit(f"{[name for name in sys.modules if name.startswith('reflex')]}" if "reflex" in sys.modules else 0)
"""
    done = python(program, EXTENSIONS="lab")
    assert done.returncode == 0, done.stderr


def test_the_pages_slots_and_menu_of_an_extension_come_along_in_every_language() -> None:
    program = """
import reflex as rx
from nestpay.web import pages, register
app = rx.App()
pages.add_all(app)
routes = set(app._unevaluated_pages)
assert {"lab", "zh/lab", "fr/lab"} <= routes, routes
assert register.gates["/lab"].plans == ("pro", "business")
assert [entry.path for entry in register.menu] == ["/lab"]
drawn = str(app._unevaluated_pages["dashboard"].component())
assert "ask the lab" in drawn
"""
    done = python(program, EXTENSIONS="lab")
    assert done.returncode == 0, done.stderr


def test_a_slot_that_is_on_no_page_is_refused_with_the_names_that_there_are() -> None:
    program = """
import reflex as rx
from nestpay import extend
from nestpay.web import pages
extend.slot("dashbord.below")(lambda: rx.el.div())
pages.add_all(rx.App())
"""
    done = python(program)
    assert done.returncode != 0
    assert "There is no slot 'dashbord.below'" in done.stderr
    assert "overview.below" in done.stderr


def test_a_package_that_is_not_installed_is_named_at_the_start() -> None:
    done = python("from nestpay.billing import extensions; extensions.load()", EXTENSIONS="no_such_package")
    assert done.returncode == 1
    assert "EXTENSIONS names 'no_such_package', but there is no such package" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_tables_of_an_extension_come_with_its_own_branch_of_migrations(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "notebook"
    (package / "migrations").mkdir(parents=True)
    (package / "__init__.py").write_text('"""Notes."""\n')
    (package / "migrations" / "notebook_1.py").write_text(
        "import sqlalchemy as sa\nfrom alembic import op\n"
        'revision, down_revision, branch_labels, depends_on = "notebook_1", None, ("notebook",), "0014"\n'
        "def upgrade():\n"
        '    op.create_table("notebook_notes", sa.Column("id", sa.String(), primary_key=True))\n'
        'def downgrade():\n    op.drop_table("notebook_notes")\n'
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("EXTENSIONS", "notebook")
    reset_settings()
    url = f"sqlite:///{tmp_path}/own.sqlite"
    schema.migrate(url)
    schema.migrate(url)
    engine = store.build_engine(url)
    with engine.connect() as connection:
        tables = set(connection.exec_driver_sql("select name from sqlite_master").scalars())
    engine.dispose()
    assert {"notebook_notes", "orders"} <= tables

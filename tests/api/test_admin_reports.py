"""The reports' files: for admins on our own pages only, in whole numbers, and harmless in a spreadsheet."""

from datetime import UTC, datetime

import pytest

from nestpay.api.app import build_api
from nestpay.domain.orders import OrderStatus
from nestpay.store.session import transaction
from nestpay.store.tables import PlanRow
from tests import builders
from tests.api.browser import Browser
from tests.api.test_admin_files import signed_in

FILE = "/api/admin/reports/{}.csv"
RANGE = {"first": "2027-03-01", "last": "2027-03-07", "step": "day"}


@pytest.mark.usefixtures("sqlite_database")
def test_each_report_is_a_file_of_whole_numbers() -> None:
    prices = builders.seed_catalogue()
    ada, pack = builders.add_user("ada"), prices["credits-500", "once"]
    paid_at = datetime(2027, 3, 5, 12, tzinfo=UTC)
    builders.add_order(ada, pack, status=OrderStatus.SUCCEEDED, amount_tax=100, paid_at=paid_at)
    with transaction() as session:
        plan = session.get(PlanRow, pack.plan_id)
        assert plan
        plan.title = "=HYPERLINK(1)"
        session.add(plan)
    boss = signed_in("boss@example.com", role="admin")
    answer = boss.get(FILE.format("revenue"), params=RANGE)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/csv; charset=utf-8")
    lines = answer.text.splitlines()
    assert lines[0] == "currency,name,paid,tax,payments,refunded,refunds,net"
    assert lines[5] == "usd,2027-03-05,900,100,1,0,0,900"
    assert len(lines) == 8
    assert "usd,'=HYPERLINK(1),900" in boss.get(FILE.format("plans"), params=RANGE).text
    assert boss.get(FILE.format("plans"), params=RANGE).text.splitlines()[0].endswith(",refunds,net,kind")
    for name in ("growth", "recovery", "credits"):
        assert boss.get(FILE.format(name)).text.startswith("currency,")


@pytest.mark.usefixtures("sqlite_database")
def test_what_is_no_report_no_currency_and_no_range_is_refused() -> None:
    boss = signed_in("boss@example.com", role="admin")
    assert boss.get(FILE.format("secrets")).status_code == 404
    assert boss.get(FILE.format("growth"), params={"currency": "doubloon"}).status_code == 404
    for wrong in ({"first": "2027-02-01", "last": "2027-01-01"}, {"first": "0000-01-01"}, {"step": "\x00"}):
        assert boss.get(FILE.format("growth"), params=wrong).status_code == 422


@pytest.mark.usefixtures("sqlite_database")
def test_nobody_else_gets_a_report() -> None:
    file = FILE.format("growth")
    assert Browser(build_api()).get(file).status_code == 401
    assert signed_in("ada@example.com").get(file).status_code == 403
    boss = signed_in("boss@example.com", role="admin")
    assert boss.get(file, headers={"sec-fetch-site": "cross-site"}).status_code == 403

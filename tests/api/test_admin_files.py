"""The desk's order file: for admins on our own pages only, filtered, and harmless in a spreadsheet."""

from datetime import UTC, datetime

import pytest

from nestpay.api.app import build_api
from nestpay.api.auth import COOKIE
from nestpay.billing import account_acts, accounts
from nestpay.domain.orders import OrderStatus
from tests import builders
from tests.api.browser import Browser

FILE = "/api/admin/orders.csv"
DAY = datetime(2027, 3, 5, 12, tzinfo=UTC)


def signed_in(email: str, *, role: str = "customer") -> Browser:
    token = accounts.redeem_ticket(accounts.sign_up(email, "a long enough one"))
    user = accounts.current_user(token)
    assert user
    if role == "admin":
        account_acts.set_role(user.id, "admin", by="cli")
    browser = Browser(build_api())
    browser.cookies.set(COOKIE, token)
    return browser


@pytest.mark.usefixtures("database")
def test_an_admin_gets_the_orders_of_a_filter_with_formulas_made_harmless() -> None:
    ada = builders.add_user("ada")
    paid = {"status": OrderStatus.SUCCEEDED, "created_at": DAY, "currency": "jpy", "amount_total": 500}
    builders.add_order(ada, description="=cmd|' /C calc'!A0", **paid)
    builders.add_order(ada, description="waits")
    answer = signed_in("boss@example.com", role="admin").get(FILE, params={"status": "succeeded"})
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    head, line = answer.text.splitlines()
    assert head.startswith("number,id,created")
    assert "'=cmd|' /C calc'!A0" in line
    assert ",jpy," in line
    assert ",500," in line


@pytest.mark.usefixtures("sqlite_database")
def test_nobody_else_gets_it_and_no_other_site_either() -> None:
    assert Browser(build_api()).get(FILE).status_code == 401
    assert signed_in("ada@example.com").get(FILE).status_code == 403
    boss = signed_in("boss@example.com", role="admin")
    for headers in ({"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}):
        assert boss.get(FILE, headers=headers).status_code == 403
    assert boss.get(FILE, headers={"sec-fetch-site": "same-origin"}).status_code == 200


@pytest.mark.usefixtures("sqlite_database")
@pytest.mark.parametrize(
    "filters", [{"since": "yesterday"}, {"at_least": "a lot"}, {"status": "made up"}, {"until": "9999-12-31"}]
)
def test_what_cannot_be_read_is_refused_before_anything_is_sent(filters: dict[str, str]) -> None:
    answer = signed_in("boss@example.com", role="admin").get(FILE, params=filters)
    assert (answer.status_code, answer.json()["key"]) == (422, "errors.unreadable")

"""The credit history as a file: one's own, whole, and harmless in a spreadsheet."""

import pytest

from nestpay.api.app import build_api
from nestpay.api.auth import COOKIE
from nestpay.billing import accounts, credits
from tests import builders
from tests.api.browser import Browser

pytestmark = pytest.mark.usefixtures("sqlite_database")
FILE = "/api/credits/history.csv"


def signed_in(email: str) -> tuple[Browser, str]:
    token = accounts.redeem_ticket(accounts.sign_up(email, "a long enough one"))
    user = accounts.current_user(token)
    assert user
    browser = Browser(build_api())
    browser.cookies.set(COOKIE, token)
    return browser, user.id


def test_a_customer_gets_every_line_of_their_own_and_no_other() -> None:
    ada, ada_id = signed_in("ada@example.com")
    eve, _ = signed_in("eve@example.com")
    builders.give_credits(ada_id, 100)
    credits.spend(ada_id, 7, key="k1", feature="chat", note='=HYPERLINK("evil")')
    answer = ada.get(FILE)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    head, gift, use = answer.text.splitlines()
    assert head.startswith("time,type,amount")
    assert gift.split(",")[1:5] == ["signup_bonus", "100", "0", "100"]
    assert use.split(",")[1:3] == ["feature_usage", "-7"]
    assert "'=HYPERLINK" in use
    assert eve.get(FILE).text.splitlines() == [head]


def test_a_stranger_gets_nothing() -> None:
    assert Browser(build_api()).get(FILE).status_code == 401

"""The world's clock moves our drips, grace and expiry with it, and nothing else."""

from datetime import UTC, datetime, timedelta

import pytest

from nestpay.billing import accounts, checkout
from nestpay.billing.clock import billing_now, real_now
from nestpay.domain.errors import RateLimited
from nestpay.store.tables import CreditDripRow, PlanRow
from tests import builders
from tests.scenarios.merchant import Merchant, edit
from tests.scenarios.test_renewals import renew


def test_the_worlds_clock_moves_drips_grace_and_expiry(ada: Merchant) -> None:
    plan = next(row for row in builders.rows_of(PlanRow) if row.key == "credits-500")
    edit(PlanRow, plan.id, benefits={**plan.benefits, "expires_after_days": 10})
    ada.subscribe()
    ada.buy()
    ada.hear()
    assert ada.credits() == 1500
    ada.live(days=11)
    assert ada.credits() == 1000
    ada.pay_with("pm_card_chargeCustomerFail")
    assert renew(ada).status == "past_due"
    assert ada.has_access()
    ada.live(days=8)
    assert (ada.held().status, ada.has_access()) == ("past_due", False)


def test_the_worlds_clock_brings_the_credits_of_a_paid_year(ada: Merchant) -> None:
    ada.subscribe("pro", "year")
    ada.live(days=60)
    assert [row.status for row in builders.rows_of(CreditDripRow)].count("granted") == 2


def test_sessions_rate_limits_and_signatures_stay_on_real_time(ada: Merchant) -> None:
    token = accounts.redeem_ticket(accounts.sign_up("grace@example.com", "a long enough one"))
    for _ in range(100):
        try:
            checkout.start(ada.user_id, ada.price("credits-500", "once"))
        except RateLimited:
            break
    ada.live_until(datetime(2029, 1, 1, tzinfo=UTC))
    assert billing_now() - real_now() > timedelta(days=365)
    assert accounts.current_user(token) is not None
    with pytest.raises(RateLimited):
        checkout.start(ada.user_id, ada.price("credits-500", "once"))
    before = len(builders.rows_of(PlanRow))
    ada.served.client.customers.create({"name": "Signed today"})
    ada.hear()  # a signature that is years away from now would be refused, and the delivery would wait for ever
    assert before == len(builders.rows_of(PlanRow))

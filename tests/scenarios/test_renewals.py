"""Stories of a subscription that goes on: month after month, year after year, with a card that fails on the way."""

from datetime import UTC, datetime, timedelta

from nestpay.store.tables import CreditDripRow, CreditGrantRow, SubscriptionRow
from tests import builders
from tests.scenarios.merchant import Merchant, edit_plan

MONTH_ENDS = [
    "2027-02-28", "2027-03-31", "2027-04-30", "2027-05-31", "2027-06-30", "2027-07-31",
    "2027-08-31", "2027-09-30", "2027-10-31", "2027-11-30", "2027-12-31", "2028-01-31",
]  # fmt: skip


def renew(ada: Merchant, **later: float) -> SubscriptionRow:
    """Live to the end of the period and some time longer."""
    ada.live_until(ada.held().current_period_end + timedelta(**(later or {"hours": 2})))
    return ada.held()


def test_a_year_of_months_keeps_to_the_last_day_and_sets_the_credits_anew_each_time(ada: Merchant) -> None:
    ada.subscribe()
    ends = [f"{ada.held().current_period_end:%Y-%m-%d}"]
    for month in range(11):
        assert ada.spend(100 + month, f"spend:{month}") == "spent"
        ends.append(f"{renew(ada).current_period_end:%Y-%m-%d}")
        assert ada.credits() == 1000
    assert ends == MONTH_ENDS
    orders = [(order.type, order.status, order.amount_total) for order in ada.orders()]
    assert orders[0] == ("subscription_initial", "succeeded", 1900)
    assert orders[1:] == [("subscription_renewal", "succeeded", 1900)] * 11
    assert (ada.mails()["subscription_started"], ada.mails()["subscription_renewed"]) == (1, 11)
    assert len([lot for lot in builders.rows_of(CreditGrantRow) if lot.remaining]) == 1


def test_a_paid_year_drips_its_credits_at_month_ends_and_catches_up_once_after_a_pause_of_ours(ada: Merchant) -> None:
    ada.subscribe("pro", "year")
    due = [f"{row.due_at:%Y-%m-%d}" for row in builders.rows_of(CreditDripRow)]
    assert sorted(due) == MONTH_ENDS[:11]
    ada.live_until(datetime(2027, 2, 28, 12, tzinfo=UTC))
    assert ada.spend(400, "spend") == "spent"
    ada.live_until(datetime(2027, 3, 31, 12, tzinfo=UTC))
    assert ada.credits() == 1000
    ada.jump(datetime(2027, 7, 2, tzinfo=UTC))  # three drips fall due while nobody works
    ada.hear()
    assert ada.credits() == 1000
    granted = [row for row in builders.rows_of(CreditDripRow) if row.status == "granted"]
    assert len(granted) == 5
    renew(ada)
    assert (ada.credits(), ada.held().current_period_end.date()) == (1000, datetime(2029, 1, 31, tzinfo=UTC).date())
    assert len([row for row in builders.rows_of(CreditDripRow) if row.status == "pending"]) == 11


def test_a_failing_card_recovers_on_the_third_try(ada: Merchant) -> None:
    ada.subscribe()
    ada.pay_with("pm_card_chargeCustomerFail")
    assert renew(ada).status == "past_due"
    assert (ada.has_access(), ada.mails()["payment_failed"]) == (True, 1)
    ada.live(days=3, hours=1)
    assert (ada.has_access(), ada.mails()["payment_failed"]) == (True, 2)
    ada.pay_with("pm_card_visa")
    ada.live(days=5)
    assert (ada.held().status, ada.has_access(), ada.credits()) == ("active", True, 1000)
    assert ada.held().past_due_at is None
    assert [order.status for order in ada.orders("subscription_renewal")] == ["succeeded"]
    assert (ada.mails()["payment_failed"], ada.mails()["subscription_renewed"]) == (2, 1)
    assert f"{renew(ada).current_period_end:%Y-%m-%d}" == "2027-04-30"


def test_a_card_that_never_recovers_has_its_grace_and_then_its_end(ada: Merchant) -> None:
    ada.subscribe()
    ada.pay_with("pm_card_chargeCustomerFail")
    renew(ada)
    seen = []
    for _ in range(18):
        seen.append((ada.held().status, ada.has_access()))
        ada.live(days=1)
    assert seen[:7] == [("past_due", True)] * 7
    assert seen[8:15] == [("past_due", False)] * 7
    assert seen[-1] == ("canceled", False)
    assert (ada.credits(), [order.status for order in ada.orders("subscription_renewal")]) == (0, ["failed"])
    assert (ada.mails()["payment_failed"], ada.mails()["subscription_ended"]) == (4, 1)
    ada.live(days=40)
    assert len(ada.orders()) == 2


def test_a_bank_that_asks_at_a_renewal_is_answered_through_the_link_in_the_mail(ada: Merchant) -> None:
    ada.subscribe()
    ada.pay_with("pm_card_authenticationRequired")
    held = renew(ada)
    assert (held.status, ada.mails()["action_required"], ada.mails()["payment_failed"]) == ("past_due", 1, 0)
    assert held.action_url.startswith(ada.served.site)
    assert ada.served.browser.get(held.action_url).status_code == 200
    intent = next(
        each for each in ada.served.client.payment_intents.list({"limit": 3}).data if each.status == "requires_action"
    )
    ada.served.browser.post(f"/stripe/authenticate/{intent.id}", data={"do": "approve"})
    ada.hear()
    assert (ada.held().status, ada.held().action_url, ada.credits()) == ("active", "", 1000)
    assert ada.mails()["action_required"] == 1


def test_a_trial_is_had_only_once(ada: Merchant) -> None:
    edit_plan(ada, "pro", trial_days=14)
    held = ada.subscribe()
    assert (held.status, ada.orders()[0].amount_total, ada.credits()) == ("trialing", 0, 1000)
    ada.lever("subscription-cancel", subscription=held.provider_subscription_id)
    ada.hear()
    assert (ada.held().status, ada.has_access(), ada.credits()) == ("canceled", False, 0)
    again = ada.subscribe()
    assert (again.status, again.trial_end, ada.orders()[-1].amount_total) == ("active", None, 1900)

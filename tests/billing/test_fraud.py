"""Early fraud warnings: what the operator chose happens once, whichever comes first, the warning or the order."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from nestpay.billing import fraud, inbox
from nestpay.domain.errors import ProviderTrouble
from nestpay.domain.orders import OrderStatus
from nestpay.settings import reset_settings
from nestpay.store.tables import AuditRow, EmailRow, FraudWarningRow, OrderRow
from tests import builders, stripe_objects
from tests.billing.conftest import Shop


@pytest.fixture
def choose(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Set what happens on a warning, and the operator's address."""

    def choose(wish: str) -> None:
        monkeypatch.setenv("STRIPE_RADAR_EARLY_FRAUD_WARNING_TYPE", wish)
        monkeypatch.setenv("ADMIN_EMAIL", "boss@example.com")
        reset_settings()

    return choose


def purchase(shop: Shop) -> OrderRow:
    """Ada paid 9 dollars with payment pi_1."""
    builders.add_order(
        shop.user_id,
        shop.pack,
        status=OrderStatus.SUCCEEDED,
        provider_payment_intent_id="pi_1",
        provider_order_id="cs_1",
        paid_at=builders.LONG_AGO,
    )
    return builders.rows_of(OrderRow)[0]


def warn(kind: str = "created", *, actionable: bool = True) -> None:
    thing = {
        "id": "issfr_1",
        "object": "radar.early_fraud_warning",
        "actionable": actionable,
        "charge": "ch_1",
        "payment_intent": "pi_1",
        "fraud_type": "made_with_stolen_card",
    }
    body = stripe_objects.event(f"radar.early_fraud_warning.{kind}", thing)
    inbox.receive_and_wait("stripe", *stripe_objects.delivery(body))


def may_refund(shop: Shop) -> None:
    def refund(asked: Any) -> dict[str, Any]:
        return {
            "id": "re_1",
            "object": "refund",
            "amount": 900,
            "charge": "ch_1",
            "created": 1_801_440_000,
            "currency": "usd",
            "payment_intent": asked.params["payment_intent"],
            "reason": asked.params["reason"],
            "status": "succeeded",
        }

    shop.edge.makers["/v1/refunds"] = refund


def mailed() -> list[tuple[str, str, bool]]:
    rows = builders.rows_of(EmailRow)
    return sorted(
        (row.template, row.recipient, row.context["is_refunded"])
        for row in rows
        if row.template.startswith("fraud_warning")
    )


def done() -> list[str]:
    return [row.action for row in builders.rows_of(FraudWarningRow)]


@pytest.mark.parametrize(
    ("wish", "action", "mails"),
    [("none", "none", 0), ("refund", "refunded", 0), ("email", "kept", 2), ("both", "refunded", 2)],
)
def test_what_the_operator_chose_happens_once(shop: Shop, choose: Any, wish: str, action: str, mails: int) -> None:
    choose(wish)
    may_refund(shop)
    order = purchase(shop)
    warn()
    warn()
    warn("updated")
    assert fraud.work() == 1
    assert fraud.work() == 0
    assert done() == [action]
    assert len(shop.edge.calls("POST", "/v1/refunds")) == (action == "refunded")
    assert len(mailed()) == mails
    assert {row.status for row in builders.rows_of(OrderRow, id=order.id)} == {
        "refunded" if action == "refunded" else "succeeded"
    }
    assert [row.action for row in builders.rows_of(AuditRow) if row.action.startswith("fraud")] == [
        f"fraud_warning.{action}"
    ]


def test_both_people_are_told_in_one_mail_each(shop: Shop, choose: Any) -> None:
    choose("both")
    may_refund(shop)
    purchase(shop)
    warn()
    fraud.work()
    assert mailed() == [("fraud_warning", "ada@example.com", True), ("fraud_warning_admin", "boss@example.com", True)]


def test_a_payment_that_went_back_already_is_not_refunded_again(shop: Shop, choose: Any) -> None:
    choose("refund")
    may_refund(shop)
    purchase(shop)
    warn("updated", actionable=False)
    warn()
    fraud.work()
    assert done() == ["kept"]
    assert shop.edge.calls("POST", "/v1/refunds") == []


def test_a_warning_that_comes_before_its_order_waits_a_while_and_then_acts(
    shop: Shop, choose: Any, clock: time_machine.Traveller
) -> None:
    choose("both")
    may_refund(shop)
    warn()
    assert fraud.work() == 0
    clock.shift(timedelta(minutes=11))
    assert fraud.work() == 1
    assert done() == ["refunded"]
    assert [template for template, _, _ in mailed()] == ["fraud_warning_admin"]


def test_a_provider_that_is_down_leaves_the_warning_to_be_dealt_with(shop: Shop, choose: Any) -> None:
    choose("refund")
    purchase(shop)
    warn()
    shop.edge.troubles["/v1/refunds"] = 503, {"error": {"type": "api_error", "message": "down"}}
    with pytest.raises(ProviderTrouble):
        fraud.work()
    assert done() == [""]
    del shop.edge.troubles["/v1/refunds"]
    may_refund(shop)
    fraud.work()
    assert done() == ["refunded"]


def test_a_refund_that_is_refused_is_noted_and_not_tried_for_ever(shop: Shop, choose: Any) -> None:
    choose("both")
    purchase(shop)
    warn()
    shop.edge.refuse("/v1/refunds", 400, code="charge_already_refunded", message="Charge has already been refunded.")
    assert fraud.work() == 1
    assert done() == ["refund_refused"]
    assert [is_refunded for _, _, is_refunded in mailed()] == [False, False]

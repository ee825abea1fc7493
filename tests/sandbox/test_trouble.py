"""After the payment: refunds that wait or fail, disputes, inquiries and early fraud warnings, through the real SDK."""

from typing import Any

import pytest
import stripe

from tests.sandbox.world import Served, eventually


def paid(sandbox: Served, fixture: str = "pm_card_visa", amount: int = 2000) -> Any:
    """The charge of a payment with that fixture card."""
    intent = sandbox.client.payment_intents.create(
        {
            "amount": amount,
            "currency": "usd",
            "payment_method": fixture,
            "confirm": True,
            "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
        }
    )
    return sandbox.client.charges.retrieve(str(intent.latest_charge))


def later(sandbox: Served, condition: Any) -> Any:
    """The machine's time moves on until the condition holds."""
    sandbox.time.ahead += 10
    return eventually(condition)


def test_a_refund_that_waits_succeeds_later(sandbox: Served) -> None:
    charge = paid(sandbox, "pm_card_pendingRefund")
    refund = sandbox.client.refunds.create({"charge": charge.id, "reason": "requested_by_customer"})
    assert (refund.status, refund.pending_reason) == ("pending", "processing")
    later(sandbox, lambda: sandbox.client.refunds.retrieve(refund.id).status == "succeeded")
    assert sandbox.types("refund", "charge.ref") == [
        "refund.created", "charge.refunded", "refund.updated", "charge.refund.updated",
    ]  # fmt: skip


def test_a_refund_that_fails_is_counted_as_not_refunded_again(sandbox: Served) -> None:
    charge = paid(sandbox, "pm_card_refundFail")
    refund = sandbox.client.refunds.create({"charge": charge.id})
    assert refund.status == "succeeded"
    assert sandbox.client.charges.retrieve(charge.id).refunded
    failed = later(sandbox, lambda: (now := sandbox.client.refunds.retrieve(refund.id)).status == "failed" and now)
    assert failed.failure_reason == "expired_or_canceled_card"
    line = sandbox.client.balance_transactions.retrieve(str(failed.failure_balance_transaction))
    assert (line.amount, line.type) == (2000, "refund_failure")
    again = sandbox.client.charges.retrieve(charge.id)
    assert (again.refunded, again.amount_refunded) == (False, 0)
    assert sandbox.types("refund", "charge.ref")[2:] == ["refund.updated", "charge.refund.updated", "refund.failed"]


def test_a_refund_to_a_card_is_canceled_on_the_board_only(sandbox: Served) -> None:
    refund = sandbox.client.refunds.create({"charge": paid(sandbox, "pm_card_pendingRefund").id})
    with pytest.raises(stripe.InvalidRequestError, match="requires_action"):
        sandbox.client.refunds.cancel(refund.id)
    told = sandbox.control("refund-settle", refund=refund.id, outcome="canceled")
    assert told["status"] == "canceled"
    assert sandbox.client.charges.retrieve(str(refund.charge)).amount_refunded == 0


def test_the_metadata_of_a_refund_changes_under_both_event_names(sandbox: Served) -> None:
    refund = sandbox.client.refunds.create({"charge": paid(sandbox).id, "amount": 500})
    sandbox.client.refunds.update(refund.id, {"metadata": {"order": "7"}})
    assert sandbox.types("refund.u", "charge.refund.u") == ["refund.updated", "charge.refund.updated"]


def test_the_payment_of_an_invoice_is_refunded_by_its_intent(sandbox: Served) -> None:
    session = sandbox.session(sandbox.price(2900))
    sandbox.press(session)
    invoice = sandbox.client.invoices.list({"expand": ["data.payments"]}).data[0]
    intent = str(invoice.payments.data[0].payment.payment_intent)
    refund = sandbox.client.refunds.create({"payment_intent": intent, "amount": 900, "reason": "duplicate"})
    assert (refund.status, refund.reason, refund.payment_intent) == ("succeeded", "duplicate", intent)
    assert sandbox.client.charges.list({"payment_intent": intent}).data[0].amount_refunded == 900


def test_a_card_disputes_its_payment_and_the_money_is_withdrawn(sandbox: Served) -> None:
    charge = paid(sandbox, "pm_card_createDispute")
    later(sandbox, lambda: sandbox.client.disputes.list({"charge": charge.id}).data)
    dispute = sandbox.client.disputes.list({"payment_intent": str(charge.payment_intent)}).data[0]
    assert (dispute.status, dispute.reason, dispute.amount) == ("needs_response", "fraudulent", 2000)
    assert [line.net for line in dispute.balance_transactions] == [-3500]
    assert sandbox.client.charges.retrieve(charge.id).disputed
    assert sandbox.types("charge.dispute") == ["charge.dispute.created", "charge.dispute.funds_withdrawn"]
    with pytest.raises(stripe.InvalidRequestError, match="charged back") as refused:
        sandbox.client.refunds.create({"charge": charge.id})
    assert refused.value.code == "charge_disputed"


def test_winning_evidence_wins_and_the_money_comes_back(sandbox: Served) -> None:
    dispute = sandbox.control("dispute", charge=paid(sandbox).id)
    staged = sandbox.client.disputes.update(dispute["id"], {"evidence": {"customer_name": "Ada"}, "submit": False})
    assert (staged.status, staged.evidence_details.submission_count) == ("needs_response", 0)
    won = sandbox.client.disputes.update(dispute["id"], {"evidence": {"uncategorized_text": "winning_evidence"}})
    assert won.status == "won"
    assert sum(line.amount for line in won.balance_transactions) == 0
    assert sandbox.types("charge.dispute")[2:] == [
        "charge.dispute.updated", "charge.dispute.updated", "charge.dispute.closed", "charge.dispute.funds_reinstated",
    ]  # fmt: skip
    assert sandbox.client.refunds.create({"charge": dispute["charge"]}).status == "succeeded"


def test_giving_in_loses(sandbox: Served) -> None:
    dispute = sandbox.control("dispute", charge=paid(sandbox).id, reason="product_not_received")
    assert sandbox.client.disputes.close(dispute["id"]).status == "lost"
    assert sandbox.types("charge.dispute")[-1] == "charge.dispute.closed"
    with pytest.raises(stripe.InvalidRequestError, match="already closed"):
        sandbox.client.disputes.close(dispute["id"])


def test_an_inquiry_takes_no_money_until_it_is_escalated(sandbox: Served) -> None:
    inquiry = sandbox.control("dispute", charge=paid(sandbox).id, inquiry=True)
    assert (inquiry["status"], inquiry["balance_transactions"]) == ("warning_needs_response", [])
    assert inquiry["is_charge_refundable"]
    sandbox.control("dispute-escalate", dispute=inquiry["id"])
    assert sandbox.types("charge.dispute") == [
        "charge.dispute.created", "charge.dispute.updated", "charge.dispute.funds_withdrawn",
    ]  # fmt: skip
    assert sandbox.control("dispute-close", dispute=inquiry["id"], outcome="lost")["status"] == "lost"


def test_an_inquiry_is_closed_without_a_winner(sandbox: Served) -> None:
    charge = paid(sandbox, "pm_card_createDisputeInquiry")
    later(sandbox, lambda: sandbox.client.disputes.list({"charge": charge.id}).data)
    inquiry = sandbox.client.disputes.list({"charge": charge.id}).data[0]
    with pytest.raises(AssertionError, match="warning_closed"):
        sandbox.control("dispute-close", dispute=inquiry.id, outcome="won")
    assert sandbox.control("dispute-close", dispute=inquiry.id, outcome="warning_closed")["status"] == "warning_closed"


def test_a_warning_of_fraud_is_actionable_until_the_money_is_given_back(sandbox: Served) -> None:
    charge = paid(sandbox, "pm_card_createIssuerFraudRecord")
    later(sandbox, lambda: sandbox.client.radar.early_fraud_warnings.list({"charge": charge.id}).data)
    warning = sandbox.client.radar.early_fraud_warnings.list({"payment_intent": str(charge.payment_intent)}).data[0]
    assert (warning.actionable, warning.fraud_type) == (True, "made_with_stolen_card")
    sandbox.client.refunds.create({"charge": charge.id})
    assert not sandbox.client.radar.early_fraud_warnings.retrieve(warning.id).actionable
    assert sandbox.types("radar") == ["radar.early_fraud_warning.created", "radar.early_fraud_warning.updated"]


def test_the_board_warns_of_any_payment_once(sandbox: Served) -> None:
    charge = paid(sandbox)
    first = sandbox.control("fraud-warning", charge=charge.id, fraud_type="misc")
    assert first["fraud_type"] == "misc"
    assert sandbox.control("fraud-warning", payment_intent=charge.payment_intent)["id"] == first["id"]
    assert sandbox.types("radar") == ["radar.early_fraud_warning.created"]

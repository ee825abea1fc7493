"""The plugin for apps that are built on nestpay: people in any state, time that moves, and faults."""

from collections.abc import Callable

import pytest

from nestpay import extend
from nestpay.domain.errors import NotIncluded, ProviderTrouble
from nestpay.testing import TestApp, TestUser, nestpay_app, nestpay_user

__all__ = ["nestpay_app", "nestpay_user"]


def test_somebody_new_has_a_verified_account_and_as_many_credits_as_asked_for(
    nestpay_user: Callable[..., TestUser],
) -> None:
    ada = nestpay_user(credits=40)
    assert (ada.credits, ada.plan, ada.current.email_verified) == (40, "Free", True)
    assert nestpay_user(credits=0).credits == 0


def test_a_plan_is_really_bought_and_opens_its_gates(nestpay_user: Callable[..., TestUser]) -> None:
    gate = extend.requires(plan="pro")
    with pytest.raises(NotIncluded):
        gate.check(nestpay_user().current)
    ada = nestpay_user(plan="pro", credits=7)
    assert gate.check(ada.current).email == ada.email
    assert (ada.status, ada.credits) == ("active", 7)


def test_a_plan_can_be_late_paused_or_over(nestpay_user: Callable[..., TestUser]) -> None:
    assert nestpay_user(plan="pro", status="paused").status == "paused"
    assert nestpay_user(plan="pro", status="canceled").plan == "Free"
    assert nestpay_user(plan="pro", status="past_due").status == "past_due"


def test_time_moves_and_the_plan_is_renewed_on_the_way(nestpay_app: TestApp) -> None:
    ada = nestpay_app.user(plan="pro", credits=0)
    nestpay_app.advance(days=32)
    assert ada.status == "active"
    assert ada.credits > 0


def test_the_payment_company_can_be_broken_on_purpose(nestpay_app: TestApp) -> None:
    nestpay_app.fault("api", "fail", status=500, match="/v1/checkout/sessions")
    with pytest.raises(ProviderTrouble):
        nestpay_app.user(plan="pro")

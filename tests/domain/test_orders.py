"""Where an order's status may go."""

from functools import reduce
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nestpay.domain.facts import BillingReason
from nestpay.domain.orders import OrderStatus, OrderType, next_status, number, type_for

CANCELED, FAILED, PENDING, SUCCEEDED = (
    OrderStatus.CANCELED,
    OrderStatus.FAILED,
    OrderStatus.PENDING,
    OrderStatus.SUCCEEDED,
)
STATUSES = st.sampled_from(list(OrderStatus))


@pytest.mark.parametrize("told", list(permutations([SUCCEEDED, FAILED, CANCELED])))
def test_money_wins_over_everything_in_any_order(told: tuple[OrderStatus, ...]) -> None:
    assert reduce(next_status, told, PENDING) is SUCCEEDED


@given(STATUSES, STATUSES)
def test_being_told_twice_changes_nothing_more(current: OrderStatus, wanted: OrderStatus) -> None:
    once = next_status(current, wanted)
    assert next_status(once, wanted) is once


@pytest.mark.parametrize(
    "paid", [SUCCEEDED, OrderStatus.REFUNDED, OrderStatus.PARTIALLY_REFUNDED, OrderStatus.DISPUTED]
)
@pytest.mark.parametrize("wanted", [FAILED, CANCELED, SUCCEEDED])
def test_an_order_that_was_paid_never_ends_unpaid(paid: OrderStatus, wanted: OrderStatus) -> None:
    assert next_status(paid, wanted) is paid


def test_of_two_unpaid_ends_the_first_stays() -> None:
    assert next_status(next_status(PENDING, FAILED), CANCELED) is FAILED


def test_the_billing_reason_names_the_order() -> None:
    assert [type_for(reason) for reason in BillingReason] == [
        OrderType.SUBSCRIPTION_INITIAL,
        OrderType.SUBSCRIPTION_RENEWAL,
        OrderType.SUBSCRIPTION_UPDATE,
        OrderType.PURCHASE,
        OrderType.SUBSCRIPTION_INITIAL,
        OrderType.PURCHASE,
    ]


def test_people_get_a_short_number() -> None:
    assert number("0199c0ffee0000000000000000beef42") == "NP-00BEEF42"

"""Form bodies with nested brackets, and parameters that are read or refused as Stripe does."""

import pytest

from nestpay.sandbox.stripe.errors import StripeError
from nestpay.sandbox.stripe.wire import (
    Flag,
    Hash,
    Integer,
    Listing,
    Metadata,
    Moments,
    Text,
    merge_metadata,
    read_form,
)


def test_brackets_nest_and_empty_ones_count_on() -> None:
    assert read_form("a[b][0][c]=1&expand[]=x&expand[]=y&d=%5B") == {
        "a": {"b": {"0": {"c": "1"}}},
        "expand": {"0": "x", "1": "y"},
        "d": "[",
    }


def test_a_list_follows_its_indexes_not_the_order_of_arrival() -> None:
    assert Listing(Text()).read({"10": "c", "2": "b", "0": "a"}, "items") == ["a", "b", "c"]


def test_metadata_keys_that_look_like_indexes_stay_keys() -> None:
    assert Metadata().read({"0": "zero", "1": "one"}, "metadata") == {"0": "zero", "1": "one"}


@pytest.mark.parametrize(
    ("parameter", "raw", "code"),
    [
        (Hash({"known": Text()}), {"unknown": "1"}, "parameter_unknown"),
        (Hash({"needed": Text()}, needs=("needed",)), {}, "parameter_missing"),
        (Integer(), "1.5", "parameter_invalid_integer"),
        (Integer(least=1), "0", "parameter_invalid_integer"),
        (Flag(), "yes", "parameter_invalid_boolean"),
        (Text(choices=("a", "b")), "c", "parameter_invalid_enum"),
        (Listing(), "x", "parameter_invalid_array"),
        (Metadata(), {"k" * 41: "v"}, "parameter_invalid_string"),
    ],
)
def test_what_cannot_be_read_is_refused_with_stripes_own_code(parameter: Text, raw: str, code: str) -> None:
    with pytest.raises(StripeError) as caught:
        parameter.read(raw, "")
    assert caught.value.body["code"] == code
    assert not caught.value.started


def test_sent_empty_means_unset() -> None:
    assert Text().read("", "name") is None
    assert Metadata().read("", "metadata") is None
    assert merge_metadata({"a": "1"}, None) == {}
    assert merge_metadata({"a": "1", "b": "2"}, {"a": "", "c": "3"}) == {"b": "2", "c": "3"}


def test_a_time_and_a_range_of_times_are_both_taken() -> None:
    assert Moments().read("5", "created") == {"eq": 5}
    assert Moments().read({"gte": "5", "lt": "9"}, "created") == {"gte": 5, "lt": 9}

"""Addresses are stored in one form, and two spellings of one mailbox are known as one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nestpay.domain.emails import clean, fingerprint, normalised
from nestpay.domain.errors import InvalidEmail

LOCAL_PART = st.from_regex(r"[a-z0-9]+(\.[a-z0-9]+)*(\+[a-z0-9]+)?", fullmatch=True).filter(
    lambda part: len(part) <= 60
)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("Ada@Example.COM", "ada@example.com"),
        ("  ada@example.com\n", "ada@example.com"),
        ("ada@exämple.de", "ada@xn--exmple-cua.de"),
        ("ada+shop@example.com", "ada+shop@example.com"),
    ],
)
def test_an_address_is_stored_in_lower_case_and_ascii(typed: str, stored: str) -> None:
    assert clean(typed) == stored


@pytest.mark.parametrize(
    "typed", ["", "ada", "@example.com", "ada@", "ada@localhost", "a b@example.com", "ada@example.com, eve@example.com",
              "ada@example.com\r\nBcc: eve@example.com", "ada\x00@example.com", "\ud800@example.com", "a" * 400 + "@example.com"]
)  # fmt: skip
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(InvalidEmail):
        clean(typed)


@pytest.mark.parametrize(
    ("address", "mailbox"),
    [
        ("ada+shop@example.com", "ada@example.com"),
        ("a.da@example.com", "a.da@example.com"),
        ("a.d.a+shop@gmail.com", "ada@gmail.com"),
        ("a.da@googlemail.com", "ada@gmail.com"),
        ("+shop@example.com", "+shop@example.com"),
    ],
)
def test_spellings_of_one_mailbox_are_one(address: str, mailbox: str) -> None:
    assert normalised(address) == mailbox


@given(LOCAL_PART, st.sampled_from(["example.com", "gmail.com", "googlemail.com"]))
def test_normalising_twice_changes_nothing_more(local_part: str, domain: str) -> None:
    once = normalised(f"{local_part}@{domain}")
    assert normalised(once) == once


def test_a_fingerprint_is_the_mailbox_and_does_not_show_it() -> None:
    assert fingerprint("a.da+x@gmail.com") == fingerprint("ada@gmail.com")
    assert fingerprint("ada@example.com") != fingerprint("eve@example.com")
    assert "ada" not in fingerprint("ada@example.com")

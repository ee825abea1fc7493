"""E-mail addresses: the form they are stored in, and the form that tells whether two belong to one person."""

import hashlib

from email_validator import EmailNotValidError, validate_email

from nestpay.domain.errors import InvalidEmail

_DOTLESS_DOMAINS = frozenset({"gmail.com", "googlemail.com"})
_GMAIL = "gmail.com"
_NOBODYS = "@deleted.invalid"


def clean(address: str) -> str:
    """`address` as it is stored: lower case, an international domain in its ASCII form.

    Only the form is checked; that the mailbox exists is proved by its owner's click. Raises InvalidEmail.
    """
    try:
        found = validate_email(address.strip(), check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        raise InvalidEmail from None
    return (found.ascii_email or found.normalized).lower()


def normalised(address: str) -> str:
    """One form for every spelling that reaches the same mailbox: without `+tag`, and at Gmail without dots.

    For comparing only, never for sending. `address` is one that `clean` returned.
    """
    mailbox, _, domain = address.rpartition("@")
    mailbox = mailbox.split("+", 1)[0] or mailbox
    if domain in _DOTLESS_DOMAINS:
        mailbox, domain = mailbox.replace(".", ""), _GMAIL
    return f"{mailbox}@{domain}"


def fingerprint(address: str) -> str:
    """A SHA-256 of the normalised address, to remember that it was seen without keeping it."""
    return hashlib.sha256(normalised(address).encode()).hexdigest()


def anonymous(row_id: str) -> str:
    """The address that stands where a deleted account's stood: unique, nobody's, and never written to."""
    return f"{row_id}{_NOBODYS}"


def is_anonymous(address: str) -> bool:
    """Whether an address is one that `anonymous` made."""
    return address.endswith(_NOBODYS)

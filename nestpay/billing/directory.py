"""Customers as the operator's own programs see them: listed, found by address, and as the providers know them."""

from dataclasses import dataclass
from datetime import datetime

from nestpay.billing.paging import Page, page_from, read_mark
from nestpay.domain import emails
from nestpay.domain.errors import InvalidEmail, NotFound
from nestpay.store import directory as store
from nestpay.store import users
from nestpay.store.session import reading
from nestpay.store.tables import UserRow

_LONGEST_ID = 64


@dataclass(frozen=True, slots=True)
class ProviderAccount:
    """As whom a provider knows a customer. `retired_at` (UTC) is set once it no longer does."""

    provider: str
    customer_id: str
    currency: str
    retired_at: datetime | None


@dataclass(frozen=True, slots=True)
class CustomerView:
    """A person with an account. Instants are UTC; `accounts` are filled for a single customer only."""

    id: str
    email: str
    name: str
    locale: str
    email_verified: bool
    created_at: datetime
    accounts: tuple[ProviderAccount, ...] = ()


def customers(*, email: str = "", after: str | None = None, limit: int = 20) -> Page[CustomerView]:
    """A page of all customers, the newest first, or who has this address. Raises NotFound for a mark of no page."""
    mark = read_mark(after)
    if mark and (len(mark.key) > _LONGEST_ID or not mark.key.isalnum() or not mark.key.isascii()):
        raise NotFound
    is_older = mark is not None and mark.direction == "older"
    with reading() as session:
        found = store.page_of(
            session,
            email=_clean(email),
            before=mark.key if mark and is_older else None,
            after=mark.key if mark and not is_older else None,
            limit=limit + 1,
        )
    return page_from(found, mark, limit, lambda row: row.id, _view)


def customer(user_id: str) -> CustomerView:
    """One customer, with their accounts at the providers. Raises NotFound."""
    with reading() as session:
        row = users.by_id(session, user_id)
        if row is None:
            raise NotFound
        known = store.accounts_of(session, user_id)
    accounts = (
        ProviderAccount(each.provider, each.provider_customer_id, each.currency, each.retired_at) for each in known
    )
    return _view(row, tuple(accounts))


def _clean(email: str) -> str:
    """An address as it is stored; one that is none is nobody's."""
    try:
        return emails.clean(email) if email else ""
    except InvalidEmail:
        return "nobody"


def _view(row: UserRow, accounts: tuple[ProviderAccount, ...] = ()) -> CustomerView:
    is_verified = row.email_verified_at is not None
    return CustomerView(row.id, row.email, row.name, row.locale, is_verified, row.created_at, accounts)

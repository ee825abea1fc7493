"""What people do in these tests, in few words: sign up, follow the link in a mail, look at what came of it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, urlsplit

from sqlmodel import select

from nestpay.billing import accounts
from nestpay.billing.accounts import CurrentUser
from nestpay.domain.errors import NestpayError
from nestpay.store.session import reading
from nestpay.store.tables import CreditGrantRow, EmailRow

EMAIL, PASSWORD, OTHER_PASSWORD = "ada@example.com", "a long enough one", "quite another one"


def enter(email: str = EMAIL, password: str = PASSWORD, **details: str) -> tuple[CurrentUser, str]:
    """Sign up and in: the user and the session's token."""
    return user_of(token := accounts.redeem_ticket(accounts.sign_up(email, password, **details))), token


def user_of(token: str) -> CurrentUser:
    user = accounts.current_user(token)
    assert user is not None
    return user


def token_in_mail(who: str, kind: str) -> str:
    link = accounts.sandbox_mail_link(who, kind)  # pyright: ignore[reportArgumentType]
    assert link is not None
    return parse_qs(urlsplit(link).query)["token"][0]


def templates_queued() -> list[str]:
    with reading() as session:
        return sorted(session.exec(select(EmailRow.template)))


def bonuses() -> list[tuple[str, int]]:
    with reading() as session:
        return list(session.exec(select(CreditGrantRow.user_id, CreditGrantRow.remaining)))


def outcomes_of(attempt: Callable[[], object], times: int) -> list[object]:
    """What `attempt` returned or raised, made by several threads at once."""

    def outcome(_: int) -> object:
        try:
            return attempt()
        except NestpayError as error:
            return error

    with ThreadPoolExecutor(times) as threads:
        return list(threads.map(outcome, range(times)))

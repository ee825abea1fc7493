"""What a falling balance sets off, once per crossing: a notice, a second one at nothing, an automatic top-up.

Credits that a hold has set aside count until it is settled: most of them may come back. What expired since the last
write counts as had before, so that the first write after it notices.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from nestpay import queue
from nestpay.domain.ledger import Account
from nestpay.domain.letters import Letter
from nestpay.settings import get_settings
from nestpay.store import emails, users
from nestpay.store import top_ups as wishes

TOP_UP_JOB = "top_up"


@dataclass(frozen=True, slots=True)
class Crossings:
    """Who fell below a mark in one commit: users to be told, and users whose wished pack is to be bought."""

    has_letters: bool = False
    top_ups: tuple[str, ...] = ()

    def after_commit(self) -> None:
        """Wake the jobs that deal with it."""
        if self.has_letters:
            queue.enqueue("outbox")
        for user_id in self.top_ups:
            queue.enqueue(TOP_UP_JOB, user_id=user_id)


def had(account: Account) -> int:
    """What an account had when it was last written, what expired since included."""
    return account.subscription_balance + account.one_time_balance + account.held


def note(session: Session, before: Mapping[str, int], accounts: Mapping[str, Account], now: datetime) -> Crossings:
    """Compare what accounts `had` before with what is there now, and put the notices of who crossed into the outbox."""
    mark = get_settings().low_balance_credits
    letters: list[Letter] = []
    top_ups: list[str] = []
    for user_id, at_first in before.items():
        account = accounts[user_id]
        left = account.available(now) + account.held
        if left < account.top_up_below <= at_first:
            top_ups.append(user_id)
        elif mark and left < mark and (at_first >= mark or left == 0 < at_first):
            letters.extend(_letter(session, account, left))
    emails.enqueue(session, letters, now)
    if top_ups:
        wishes.want(session, top_ups, now)
    return Crossings(bool(letters), tuple(top_ups))


def _letter(session: Session, account: Account, left: int) -> list[Letter]:
    user = users.by_id(session, account.user_id)
    if user is None:
        return []
    template = "low_balance" if left else "credits_used_up"
    return [
        Letter(
            dedupe_key=f"{template}:{user.id}:{account.seq}",
            recipient=user.email,
            template=template,
            locale=user.locale,
            user_id=user.id,
            context={"name": user.name, "credits": left},
        )
    ]

"""What a subscription's new state means to those who follow it: a line for the metrics, and a mail to its customer."""

from typing import Any

from sqlmodel import Session

from nestpay.billing.clock import billing_now, real_now
from nestpay.domain import metrics
from nestpay.domain.facts import SubscriptionState
from nestpay.domain.letters import Letter
from nestpay.domain.metrics import PLAN_CHANGES, ChangeReason, Standing
from nestpay.domain.plans import PriceRow
from nestpay.domain.subscriptions import Subscription
from nestpay.store import emails, milestones, plans, users

_ENDS = frozenset({ChangeReason.ENDED, ChangeReason.ENDED_UNPAID})


def note(session: Session, known: Subscription | None, after: Subscription, state: SubscriptionState) -> bool:
    """Write down the step from the last one to `after`, in the commit that writes `after` itself.

    The customer hears of a change of plan, of an end that is to come, and of the end. Returns whether a mail waits.
    """
    prices = {price.id: price for price in plans.price_rows(session, [after.price_id] if after.price_id else [])}
    price = prices.get(after.price_id or "")
    before, now_at = milestones.last_standing(session, after.id), metrics.standing(after, price)
    letters = []
    if before.status and after.is_live and after.cancels_at and not (known and known.cancels_at):
        letters.append(("cancellation_scheduled", _schedule_key(after), {"ends_on": after.cancels_at.isoformat()}))
    if now_at not in (before, Standing()):
        step = metrics.reason(before, now_at, state.ended_because)
        at = metrics.happened_at(step, after, state.created_at, billing_now())
        step_id = milestones.add(session, after, before, now_at, at=at, reason=step, note=state.ended_because)
        if before.status and step in _ENDS:
            letters.append(("subscription_ended", after.id, {"unpaid": step is ChangeReason.ENDED_UNPAID}))
        if step in PLAN_CHANGES and price:
            letters.append(("plan_changed", step_id, _changed_plan(session, before, after, price)))
    if not letters or after.successor_id:  # who moves to another company neither leaves nor loses anything
        return False
    user = users.by_id(session, after.user_id)
    title = price.title_in(user.locale) if price and user else ""
    waiting = [
        Letter(
            dedupe_key=f"{template}:{key}",
            recipient=user.email,
            template=template,
            locale=user.locale,
            user_id=user.id,
            context={"name": user.name, "plan": title, **context},
        )
        for template, key, context in letters
        if user and title
    ]
    emails.enqueue(session, waiting, real_now())
    return bool(waiting)


def _schedule_key(after: Subscription) -> str:
    """One mail a wish to end: who resumes and cancels again gets another."""
    asked = after.canceled_at or after.cancels_at
    return f"{after.id}:{asked.isoformat() if asked else ''}"


def _changed_plan(session: Session, before: Standing, after: Subscription, price: PriceRow) -> dict[str, Any]:
    former = next(iter(plans.price_rows(session, [before.price_id] if before.price_id else [])), None)
    user = users.by_id(session, after.user_id)
    end = after.current_period_end
    return {
        "previous_plan": former.title_in(user.locale) if former and user else "",
        "quantity": after.quantity if max(after.quantity, before.quantity) > 1 else "",
        "currency": price.currency,
        "amount": price.amount_minor * after.quantity,
        "interval": str(price.interval),
        "next_date": end.isoformat() if end and not after.cancels_at else "",
    }

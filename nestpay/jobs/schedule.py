"""All jobs by name. What is marked `every_minute` also runs without a wake-up, so that a lost queue loses nothing."""

from datetime import datetime

from nestpay import queue
from nestpay.billing import allowance as billing_allowance
from nestpay.billing import checkup as billing_checkup
from nestpay.billing import deliveries as billing_deliveries
from nestpay.billing import drift as billing_drift
from nestpay.billing import fraud as billing_fraud
from nestpay.billing import holds as billing_holds
from nestpay.billing import inbox as billing_inbox
from nestpay.billing import mirror, subscriptions, top_ups
from nestpay.billing import moves as billing_moves
from nestpay.billing import outbox as billing_outbox
from nestpay.billing import outgoing as billing_outgoing
from nestpay.billing import reactions as billing_reactions
from nestpay.billing import reconcile as billing_reconcile
from nestpay.billing import seat_credits as billing_seat_credits
from nestpay.billing import sweep as billing_sweep
from nestpay.billing import trials as billing_trials
from nestpay.billing.handlers import SEAT_CREDITS_JOB
from nestpay.billing.low_balance import TOP_UP_JOB


@queue.job("inbox", every_minute=True)
def inbox() -> None:
    """Work on waiting webhook events until none is due."""
    while billing_inbox.work():
        pass


@queue.job("outbox", every_minute=True)
def outbox() -> None:
    """Send waiting mails until none is due."""
    while billing_outbox.deliver_waiting():
        pass


@queue.job(billing_reactions.JOB, every_minute=True)
def reactions() -> None:
    """Tell extensions what happened, until nothing waits."""
    while billing_reactions.run_due():
        pass


@queue.job(billing_outgoing.JOB, every_minute=True)
def outgoing() -> None:
    """Tell other programs' endpoints what happened, until nothing is due."""
    while billing_outgoing.work():
        pass


@queue.job("outgoing_sweep", every_day=True)
def outgoing_sweep() -> None:
    """Forget what was told long ago."""
    billing_outgoing.forget_old()


@queue.job("allowance", every_minute=True)
def allowance() -> None:
    """Grant the monthly credits that are due, until none is."""
    while billing_allowance.run_due():
        pass


@queue.job(SEAT_CREDITS_JOB, every_minute=True)
def seat_credits() -> None:
    """Grant the holders of seats what their owners paid for."""
    billing_seat_credits.run_due()


@queue.job(billing_deliveries.JOB, every_minute=True)
def deliveries() -> None:
    """Hand over what was bought, and take back what was refunded, until nothing is due."""
    while billing_deliveries.run_due():
        pass


@queue.job("holds", every_minute=True)
def holds() -> None:
    """Release the holds whose time is over."""
    while billing_holds.release_expired():
        pass


@queue.job(billing_fraud.JOB, every_minute=True)
def fraud_warnings() -> None:
    """Deal with early fraud warnings until none waits that could be dealt with."""
    while billing_fraud.work():
        pass


@queue.job(billing_drift.JOB, every_minute=True)
def catalogue_drift() -> None:
    """Compare the prices that changed at their provider."""
    while billing_drift.check_asked():
        pass


@queue.job("catalogue_check", every_day=True)
def catalogue_check() -> None:
    """Compare all prices with their provider's: that a coupon ran out is told by no event."""
    billing_drift.check_all()


@queue.job(billing_sweep.JOB, every_day=True)
def sweep() -> None:
    """Take away sessions and tokens that are over, and what old events said."""
    billing_sweep.sweep()


@queue.job(TOP_UP_JOB)
def top_up(user_id: str) -> None:
    """Buy the pack that this user wished for, if credits are low."""
    top_ups.run(user_id)


@queue.job("top_ups", every_minute=True)
def unconcluded_top_ups() -> None:
    """Take up charges whose process died before their end was written, and wishes whose wake-up was lost."""
    top_ups.resume()


@queue.job("reconcile", every_day=True)
def reconcile() -> None:
    """Find and mend what we missed at the providers."""
    billing_reconcile.run()


@queue.job(billing_checkup.JOB, every_day=True)
def checkup() -> None:
    """Recompute every account's credits, and remember what does not add up."""
    billing_checkup.run()


@queue.job("sync_subscription")
def sync_subscription(provider: str, subscription_id: str, asked_at: str) -> None:
    """Read one subscription again, unless somebody did since `asked_at` (ISO 8601)."""
    mirror.sync(provider, subscription_id, asked_at=datetime.fromisoformat(asked_at))


@queue.job("trials", every_minute=True)
def trials() -> None:
    """Look at the cards of new trials, and end those that may not be."""
    billing_trials.check_cards()


@queue.job(billing_moves.JOB, every_minute=True)
def moves() -> None:
    """End what another company has taken over, with the period that is paid for."""
    billing_moves.finish_due()


@queue.job("pauses", every_minute=True)
def pauses() -> None:
    """Let the subscriptions run again whose pause is over."""
    subscriptions.unpause_due()

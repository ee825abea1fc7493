"""All jobs by name. What is marked `every_minute` also runs without a wake-up, so that a lost queue loses nothing."""

from nestpay import queue
from nestpay.billing import inbox as billing_inbox
from nestpay.billing import outbox as billing_outbox
from nestpay.billing import subscriptions


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


@queue.job("sync_subscription")
def sync_subscription(provider: str, subscription_id: str) -> None:
    """Read one subscription again."""
    subscriptions.sync(provider, subscription_id)

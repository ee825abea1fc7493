"""Signing out one browser of several, for somebody who left it open elsewhere."""

from nestpay import signals
from nestpay.billing.clock import real_now
from nestpay.domain.errors import NotFound
from nestpay.store import sessions
from nestpay.store.session import transaction


def sign_out_one(user_id: str, session_id: str) -> None:
    """End one of the user's own sessions. It opens nothing after two seconds at most, like any that ends elsewhere.

    Raises NotFound for one that has ended or is somebody else's.
    """
    now = real_now()
    with transaction() as session:
        rows = sessions.alive_sessions(session, user_id, now)
        row = next((each for each in rows if each.id == session_id), None)
        if row is None:
            raise NotFound
        sessions.revoke(session, row.token_hash, now)
    signals.publish([user_id])

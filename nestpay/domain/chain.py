"""The chain of hashes over one account's log: each line's covers its predecessor's, so that an edited line shows."""

import hashlib
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nestpay.domain.ledger import LogType, Touch

GENESIS = "0" * 64


def chain_hash(
    previous: str,
    user_id: str,
    seq: int,
    subscription_after: int,
    one_time_after: int,
    log_type: "LogType",
    at: datetime,
    key: str | None,
    touches: "tuple[Touch, ...]",
) -> str:
    """SHA-256 over the previous hash and everything in a line that moves credits, and no personal text."""
    in_order = sorted(touches, key=lambda touch: touch.lot_id)  # a table keeps no order of its own
    moved = ",".join(f"{touch.lot_id}:{touch.amount}" for touch in in_order)
    text = f"{previous}|{user_id}|{seq}|{subscription_after}|{one_time_after}|{log_type}|{at.isoformat()}|{key}|{moved}"
    return hashlib.sha256(text.encode()).hexdigest()

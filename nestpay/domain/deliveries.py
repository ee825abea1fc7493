"""What is handed over after a purchase, and how far that is."""

from enum import StrEnum


class DeliveryState(StrEnum):
    """`pending` waits to be carried out (again), `failed` was given up, `revoking` waits to be taken back."""

    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"
    REVOKING = "revoking"
    REVOKED = "revoked"

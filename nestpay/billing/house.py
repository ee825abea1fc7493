"""One database, one mode: the stamp that keeps pretended and real money apart."""

from nestpay.settings import DangerousSettings, get_settings
from nestpay.store import house
from nestpay.store.session import transaction

_MODE = "mode"


def claim_database() -> None:
    """Stamp a fresh database with this run's mode. Raises DangerousSettings for one of another mode, or without tables."""
    mode = get_settings().mode
    with transaction() as session:
        if not house.is_there(session):
            raise DangerousSettings(
                "nestpay does not start:\n  - the database has no tables yet: python -m nestpay migrate"
            )
        stamp = house.read(session, _MODE)
        if stamp is None:
            house.write(session, _MODE, mode)
    if stamp not in (None, mode):
        raise DangerousSettings(
            f"nestpay does not start:\n  - this database belongs to MODE={stamp} and this run says MODE={mode}: "
            "give each mode a DATABASE_URL of its own."
        )

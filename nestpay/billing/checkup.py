"""Lets the doctor look at every account once a day, and remembers what was found for those who watch."""

import json
from dataclasses import dataclass
from datetime import datetime

import structlog

from nestpay.billing import doctor
from nestpay.billing.clock import real_now
from nestpay.store import house
from nestpay.store.session import reading, transaction

JOB = "checkup"
_KEY = "doctors_last_look"
_SHOWN = 5

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Checkup:
    """When the doctor looked last (UTC), how many accounts do not add up, and some of what is wrong there."""

    at: datetime
    count: int
    complaints: tuple[str, ...]


def run() -> Checkup:
    """Look at every account's credits now, and remember what was found."""
    found = [f"{finding.user_id}: {finding.row}: {finding.complaint}" for finding in doctor.examine()]
    seen = Checkup(real_now(), len(found), tuple(found[:_SHOWN]))
    for complaint in seen.complaints:
        log.error("doctor.finding", complaint=complaint)
    text = json.dumps({"at": seen.at.isoformat(), "count": seen.count, "complaints": seen.complaints})
    with transaction() as session:
        house.write(session, _KEY, text)
    return seen


def last() -> Checkup | None:
    """What the last look found; None before the first."""
    with reading() as session:
        text = house.read(session, _KEY)
    if not text:
        return None
    said = json.loads(text)
    return Checkup(datetime.fromisoformat(said["at"]), said["count"], tuple(said["complaints"]))

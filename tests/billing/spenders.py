"""A program that spends from one account on several threads, for tests with several processes.

    python -m tests.billing.spenders DATABASE_URL USER_ID THREADS TIMES AMOUNT

Prints what it took in all. What is refused for want of credits is no failure; anything else is.
"""

import os
import sys
from concurrent.futures import ThreadPoolExecutor


def spend_a_lot(database: str, user_id: str, threads: int, times: int, amount: int) -> int:
    """How many credits were taken."""
    from nestpay.billing import credits
    from nestpay.domain.errors import NotEnoughCredits
    from nestpay.store import session

    session.connect(database)

    def spend(number: int) -> int:
        try:
            return credits.spend(user_id, amount, key=f"{os.getpid()}-{number}").amount
        except NotEnoughCredits:
            return 0

    with ThreadPoolExecutor(threads) as pool:
        taken = sum(pool.map(spend, range(times)))
    credits.stop()
    session.disconnect()
    return taken


if __name__ == "__main__":
    sys.stdout.write(str(spend_a_lot(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:6]))))

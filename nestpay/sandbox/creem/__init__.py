"""Creem as the sandbox plays it: a second company with its own wire protocol, ids, pages and habits.

Start at `api.py`, the door; `till.py` takes the money of a checkout and `life.py` what follows from month to month.
"""

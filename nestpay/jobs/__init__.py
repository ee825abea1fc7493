"""The doors that time and wake-ups open: each job calls one use case."""

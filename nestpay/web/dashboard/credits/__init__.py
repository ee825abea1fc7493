"""The credit ledger as its owner reads it."""

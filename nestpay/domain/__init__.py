"""The rules of nestpay: pure functions, frozen values and errors. No IO and no clock in here."""

"""The buttons that fill a card form on the customer's pages: a label and the number behind it."""

PAY = {
    "success": ("Success", "4242 4242 4242 4242"),
    "decline": ("Declined", "4000 0000 0000 0002"),
    "insufficient": ("Insufficient funds", "4000 0000 0000 9995"),
    "3ds": ("3D Secure", "4000 0027 6000 3184"),
    "3ds-once": ("3D Secure once", "4000 0025 0000 3155"),
    "bank": ("Bank debit", "000123456789"),
    "dispute": ("Disputed", "4000 0000 0000 0259"),
    "refund-fails": ("Refund fails", "4000 0000 0000 5126"),
}
KEEP = {
    **{name: PAY[name] for name in ("success", "decline", "3ds", "3ds-once")},
    "fails-later": ("Fails later", "4000 0000 0000 0341"),
}

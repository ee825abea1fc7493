"""Tax rates as objects of Stripe's API, made when they are first used."""

import hashlib

from nestpay.sandbox.books import Books
from nestpay.sandbox.documents import Document
from nestpay.sandbox.stripe.objects import traffic
from nestpay.sandbox.tax import Rate


def document(books: Books, rate: Rate) -> Document:
    """The object of a country's rate."""
    rate_id = "txr_" + hashlib.sha256(f"{rate.country}{rate.percentage}".encode()).hexdigest()[:24]
    found = books.find("tax_rate", rate_id)
    if found is not None:
        return found
    made = traffic.tax_rate(rate_id, books.now, rate.country, rate.name, float(rate.percentage), rate.kind)
    return books.add(made)

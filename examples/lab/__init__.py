"""An extension: a paid page, a function that costs credits, and a thank-you for every first purchase.

EXTENSIONS=lab PYTHONPATH=examples make run        then sign in and open /lab
"""

from nestpay import extend
from nestpay.domain.facts import CheckoutPaid

thanked: list[str] = []


@extend.meter(credits=3, key="request_id", feature="lab_answer")
def answer(question: str, request_id: str) -> str:
    """An answer that costs three credits, once per request; a question that makes it fail costs nothing."""
    if not question.strip():
        raise ValueError("Ask something.")
    return f"{len(question.split())} words, and a good question."


@extend.on(CheckoutPaid)
def thank(fact: CheckoutPaid, user_id: str | None) -> None:
    """Remember whom to thank, once per payment, however often it is told."""
    if fact.session_id not in thanked:
        thanked.append(fact.session_id)

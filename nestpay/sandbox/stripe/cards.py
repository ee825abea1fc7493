"""The test cards and fixture ids that Stripe publishes, and what each of them does."""

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a bank says no."""

    code: str
    decline_code: str | None
    message: str


GENERIC = Refusal("card_declined", "generic_decline", "Your card was declined.")
FUNDS = Refusal("card_declined", "insufficient_funds", "Your card has insufficient funds.")
LOST = Refusal("card_declined", "lost_card", "Your card was declined.")
STOLEN = Refusal("card_declined", "stolen_card", "Your card was declined.")
FRAUDULENT = Refusal("card_declined", "fraudulent", "Your card was declined.")
EXPIRED = Refusal("expired_card", "expired_card", "Your card has expired.")
CVC = Refusal("incorrect_cvc", "incorrect_cvc", "Your card's security code is incorrect.")
PROCESSING = Refusal(
    "processing_error", "processing_error", "An error occurred while processing your card. Try again in a little bit."
)
AUTHENTICATION = Refusal(
    "payment_intent_authentication_failure",
    None,
    "We are unable to authenticate your payment method. Please choose a different payment method and try again.",
)
NOT_AUTHENTICATED = Refusal(
    "authentication_required",
    "authentication_required",
    "Your card was declined. This transaction requires authentication.",
)
BANK = Refusal(
    "payment_method_provider_decline",
    "insufficient_funds",
    "The customer's bank account has insufficient funds to cover this payment.",
)


@dataclass(frozen=True, slots=True)
class TestCard:
    """A way to pay that does one thing.

    `refuses_at` is `charge` or `attach`; `challenge` is `always`, or `once` (asked until it was set up for later use);
    `trouble` is the appointment that a successful payment makes; `refund` is how giving the money back goes.
    """

    number: str
    brand: str = "visa"
    country: str = "US"
    funding: str = "credit"
    refusal: Refusal | None = None
    refuses_at: str = "charge"
    challenge: str = "never"
    bank: bool = False
    trouble: str | None = None
    refund: str = "succeeds"

    @property
    def fingerprint(self) -> str:
        """The same for every use of this number."""
        return hashlib.sha256(self.number.encode()).hexdigest()[:16]


CARDS = {
    card.number: card
    for card in (
        TestCard("4242424242424242"),
        TestCard("4000056655665556", funding="debit"),
        TestCard("5555555555554444", brand="mastercard"),
        TestCard("378282246310005", brand="amex"),
        TestCard("4000002500000003", country="FR"),
        TestCard("4000008260000000", country="GB"),
        TestCard("4000000000000002", refusal=GENERIC, refuses_at="attach"),
        TestCard("4000000000009995", refusal=FUNDS, refuses_at="attach"),
        TestCard("4000000000009987", refusal=LOST, refuses_at="attach"),
        TestCard("4000000000009979", refusal=STOLEN, refuses_at="attach"),
        TestCard("4100000000000019", refusal=FRAUDULENT, refuses_at="attach"),
        TestCard("4000000000000069", refusal=EXPIRED, refuses_at="attach"),
        TestCard("4000000000000127", refusal=CVC, refuses_at="attach"),
        TestCard("4000000000000119", refusal=PROCESSING, refuses_at="attach"),
        TestCard("4000000000000341", refusal=GENERIC),
        TestCard("4000002500003155", challenge="once"),
        TestCard("4000002760003184", challenge="always"),
        TestCard("4000000000003220", challenge="always"),
        TestCard("4000008400001629", challenge="always", refusal=GENERIC),
        TestCard("4000000000000259", trouble="dispute_as_fraudulent"),
        TestCard("4000000000002685", trouble="dispute_as_not_received"),
        TestCard("4000000000001976", trouble="inquire"),
        TestCard("4000000000005423", trouble="warn_of_fraud"),
        TestCard("4000000000005126", refund="fails"),
        TestCard("4000000000007726", refund="waits"),
        TestCard("000123456789", bank=True),
        TestCard("000111111116", bank=True, refusal=BANK),
    )
}

FIXTURES = {
    "visa": "4242424242424242",
    "visa_debit": "4000056655665556",
    "mastercard": "5555555555554444",
    "amex": "378282246310005",
    "us": "4242424242424242",
    "fr": "4000002500000003",
    "gb": "4000008260000000",
    "chargeDeclined": "4000000000000002",
    "visa_chargeDeclined": "4000000000000002",
    "chargeDeclinedInsufficientFunds": "4000000000009995",
    "visa_chargeDeclinedInsufficientFunds": "4000000000009995",
    "visa_chargeDeclinedLostCard": "4000000000009987",
    "visa_chargeDeclinedStolenCard": "4000000000009979",
    "chargeDeclinedFraudulent": "4100000000000019",
    "chargeDeclinedExpiredCard": "4000000000000069",
    "chargeDeclinedIncorrectCvc": "4000000000000127",
    "chargeDeclinedProcessingError": "4000000000000119",
    "chargeCustomerFail": "4000000000000341",
    "authenticationRequiredOnSetup": "4000002500003155",
    "authenticationRequired": "4000002760003184",
    "threeDSecure2Required": "4000000000003220",
    "threeDSecureRequired": "4000002760003184",
    "threeDSecureRequiredChargeDeclined": "4000008400001629",
    "authenticationRequiredChargeDeclinedInsufficientFunds": "4000008400001629",
    "createDispute": "4000000000000259",
    "createDisputeProductNotReceived": "4000000000002685",
    "createDisputeInquiry": "4000000000001976",
    "createIssuerFraudRecord": "4000000000005423",
    "refundFail": "4000000000005126",
    "pendingRefund": "4000000000007726",
    "usBankAccount": "000123456789",
    "usBankAccount_success": "000123456789",
    "usBankAccount_insufficientFunds": "000111111116",
}


def by_fixture(id: str) -> TestCard | None:
    """The card behind `pm_card_visa`, `tok_visa` or `pm_usBankAccount`, or None."""
    for prefix in ("pm_card_", "tok_", "pm_"):
        if id.startswith(prefix) and id.removeprefix(prefix) in FIXTURES:
            return CARDS[FIXTURES[id.removeprefix(prefix)]]
    return None


def by_number(number: str) -> TestCard | None:
    """The card with that number, spaces and dashes aside, or None for a number that is no test card."""
    return CARDS.get("".join(character for character in number if character.isdigit()))

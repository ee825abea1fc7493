"""The test cards that Creem published, both sets, and a few of the sandbox's own for what comes later."""

from dataclasses import dataclass

DECLINED = "Your card was declined."
FUNDS = "Your card has insufficient funds."
CVC = "Your card's security code is incorrect."
EXPIRED = "Your card has expired."


@dataclass(frozen=True, slots=True)
class TestCard:
    """A card that does one thing: `refusal` says no, `later` lets the first payment through and refuses what follows.

    `disputes` has the bank take the money back a moment later.
    """

    number: str
    refusal: str | None = None
    later: bool = False
    disputes: bool = False

    @property
    def last4(self) -> str:
        """The end of the number."""
        return self.number[-4:]


CARDS = {
    card.number: card
    for card in (
        TestCard("4242424242424242"),
        TestCard("4000000000000002", DECLINED),
        TestCard("4000000000009995", FUNDS),
        TestCard("4000000000000127", CVC),
        TestCard("4000000000000069", EXPIRED),
        TestCard("4111111111111111"),
        TestCard("4507990000000028", DECLINED),
        TestCard("4507990000000010", FUNDS),
        TestCard("4507990000000044", CVC),
        TestCard("4000000000000341", DECLINED, later=True),
        TestCard("4000000000000259", disputes=True),
    )
}


def by_number(number: str) -> TestCard | None:
    """The card with that number, spaces and dashes aside, or None for a number that is no test card."""
    return CARDS.get("".join(character for character in number if character.isdigit()))

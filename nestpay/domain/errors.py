"""Every way in which nestpay says no, as one tree.

NestpayError
├── Refused            a rule says no: the same request will be refused again
│   ├── NotEnoughCredits, InvalidAmount, AccountFrozen, AccountDisabled, HoldClosed, LimitReached
│   ├── AlreadySubscribed, CurrencyLocked, PriceNotReady
│   ├── NoSubscription, SamePlan, DowngradeLater, ChangeWaiting, SubscriptionEnding, NotInThisState, NotOffered
│   ├── TooLateToMove
│   ├── NoSeatLeft, SeatsInUse, AlreadySeated
│   ├── NothingToCharge, CapTooHigh
│   ├── NotRefundable, AlreadyRefunded, RefundTooLarge, WholeRefundsOnly
│   ├── AlreadyBought, InvalidContent, InvalidFileName, FileTooLarge, FileInUse
│   ├── Unreadable, LastAdmin, NotYourself, TrialEndOutOfReach
│   ├── AddressForbidden, EndpointOff
│   └── InvalidEmail, WeakPassword
├── Conflict           somebody or something else came first
│   ├── EmailTaken, SlugTaken, ContentEdited, FileExists
│   └── IdempotencyMismatch, StaleQuote, RefundedMeanwhile, PaymentUnknown
├── NotFound           there is no such thing for this caller
│   └── OwnerUnknown, PriceUnknown     money came for nobody or nothing that we know
├── NotAllowed         this caller may not
│   ├── SignInRequired, WrongCredentials, StaleLink
│   └── RateLimited
├── BadEvent           a webhook delivery that cannot be accepted
│   ├── BadSignature, EndpointClosed
│   └── MalformedEvent, BodyTooLarge
└── ProviderTrouble    the payment company refused, was slow or was out of reach
    ├── ProviderRefused
    └── ProviderMissing

Each error carries an i18n key and the values that fill it; `str()` is a plain English sentence for logs and for the
API. Each door maps each family once: the web to a toast, the API to a status.
"""


class NestpayError(Exception):
    """The root. `key` names the sentence in the catalogues, `values` fill it."""

    key = "errors.unexpected"
    sentence = "Something went wrong."

    def __init__(self, sentence: str | None = None, /, **values: object) -> None:
        self.values = values
        super().__init__((sentence or self.sentence).format(**values))


class Refused(NestpayError):
    key = "errors.refused"
    sentence = "That is not possible."


class InvalidAmount(Refused):
    key = "errors.invalid_amount"
    sentence = "The amount must be a whole number above zero."


class NotEnoughCredits(Refused):
    """`needed` and `available` are credits."""

    key = "errors.not_enough_credits"
    sentence = "This needs {needed} credits and {available} are left."

    def __init__(self, *, needed: int, available: int) -> None:
        self.needed, self.available = needed, available
        super().__init__(needed=needed, available=available)


class AccountFrozen(Refused):
    key = "errors.account_frozen"
    sentence = "Your credits are frozen while a payment is in question. Please write to us."


class AccountDisabled(Refused):
    key = "errors.account_disabled"
    sentence = "This account is closed, so its credits cannot be spent."


class HoldClosed(Refused):
    key = "errors.hold_closed"
    sentence = "These credits are no longer set aside: the hold was settled, released or has expired."


class LimitReached(Refused):
    """`limit` is what the plan allows of `name`."""

    key = "errors.limit_reached"
    sentence = "Your plan allows {limit} of this, and they are used."


class AlreadySubscribed(Refused):
    key = "errors.already_subscribed"
    sentence = "You already have a subscription to {plan}. Change it on the subscription page instead."


class CurrencyLocked(Refused):
    key = "errors.currency_locked"
    sentence = "Your account is billed in {currency}, and this price is not offered in it."


class AlreadyBought(Refused):
    key = "errors.already_bought"
    sentence = "You have bought {title} already: it is among your purchases."


class InvalidContent(Refused):
    key = "errors.invalid_content"
    sentence = "Give it a title, an address of small letters, digits and hyphens, and amounts that are numbers."


class InvalidFileName(Refused):
    key = "errors.invalid_file_name"
    sentence = "Give the file a name without slashes, quotes or a dot at its beginning, of at most 120 characters."


class FileTooLarge(Refused):
    """`limit` is in megabytes."""

    key = "errors.file_too_large"
    sentence = "The file is larger than {limit} MB."


class FileInUse(Refused):
    """`product` is the title of one that is handed out with it."""

    key = "errors.file_in_use"
    sentence = "The product “{product}” hands this file out. Give it another one first."


class FileGone(Refused):
    key = "errors.file_gone"
    sentence = "There is no file “{file}” any more. Choose another one."


class PriceNotReady(Refused):
    key = "errors.price_not_ready"
    sentence = "This price cannot be bought yet. Please try again in a moment."


class NoSubscription(Refused):
    key = "errors.no_subscription"
    sentence = "There is no subscription to do that with."


class SamePlan(Refused):
    key = "errors.same_plan"
    sentence = "This is what you have already."


class DowngradeLater(Refused):
    key = "errors.downgrade_later"
    sentence = "A smaller plan can only begin when the present period ends."


class ChangeWaiting(Refused):
    key = "errors.change_waiting"
    sentence = "Another change is waiting. Confirm it or take it back first."


class SubscriptionEnding(Refused):
    key = "errors.subscription_ending"
    sentence = "The subscription is about to end. Resume it first."


class NotInThisState(Refused):
    key = "errors.not_in_this_state"
    sentence = "That is not possible while the subscription is in this state."


class TooLateToMove(Refused):
    key = "errors.too_late_to_move"
    sentence = "The present period is nearly over. Please move after the renewal."


class NotOffered(Refused):
    key = "errors.not_offered"
    sentence = "The payment company does not offer that."


class AddressForbidden(Refused):
    key = "errors.address_forbidden"
    sentence = (
        "Messages can only be sent to a public address that begins with https://. Outside live mode http:// and this "
        "machine will do as well."
    )


class EndpointOff(Refused):
    key = "errors.endpoint_off"
    sentence = "This endpoint is switched off. Switch it on first."


class NoSeatLeft(Refused):
    key = "errors.no_seat_left"
    sentence = "All {seats} seats are taken. Add a seat first."


class SeatsInUse(Refused):
    key = "errors.seats_in_use"
    sentence = "{held} seats are in use. Free some of them first."


class AlreadySeated(Refused):
    key = "errors.already_seated"
    sentence = "This person has a seat already."


class NotRefundable(Refused):
    key = "errors.not_refundable"
    sentence = "Only an order that was paid can be refunded."


class AlreadyRefunded(Refused):
    key = "errors.already_refunded"
    sentence = "This order was refunded in full already."


class RefundTooLarge(InvalidAmount):
    """`left` is the money that can still be refunded, as text."""

    key = "errors.refund_too_large"
    sentence = "At most {left} of this order can still be refunded."


class WholeRefundsOnly(Refused):
    key = "errors.whole_refunds_only"
    sentence = "This payment company sends back whole payments only."


class Unreadable(Refused):
    """`text` is what somebody typed that is no date, amount or word of ours."""

    key = "errors.unreadable"
    sentence = "This cannot be read: {text}. A date looks like 2027-03-05, an amount like 19.90."


class LastAdmin(Refused):
    key = "errors.last_admin"
    sentence = "Somebody has to be left who is an admin. Make another one first."


class NotYourself(Refused):
    key = "errors.not_yourself"
    sentence = "Nobody does this to their own account here."


class InvalidSpan(Refused):
    key = "errors.invalid_span"
    sentence = "Give two dates such as 2027-02-01, the first not after the last and at most ten years apart."


class PayloadGone(Refused):
    key = "errors.payload_gone"
    sentence = "What this event said is not kept any more, so it cannot be applied again."


class LinkExpired(Refused):
    key = "errors.link_expired"
    sentence = "The link in this mail has run out. Let its reader ask for a new one."


class TrialEndOutOfReach(Refused):
    key = "errors.trial_end_out_of_reach"
    sentence = "A trial ends in the future, and within two years."


class NothingToCharge(Refused):
    key = "errors.nothing_to_charge"
    sentence = "Buy something once first, so that there is a card to charge."


class CapTooHigh(Refused):
    """`most` is how many automatic top-ups a month may have."""

    key = "errors.cap_too_high"
    sentence = "Choose at most {most} automatic top-ups a month."


class InvalidEmail(Refused):
    key = "errors.invalid_email"
    sentence = "This does not look like an e-mail address."


class WeakPassword(Refused):
    key = "errors.weak_password"
    sentence = "The password needs at least {shortest} characters."


class Conflict(NestpayError):
    key = "errors.conflict"
    sentence = "Somebody changed this at the same time. Please look again."


class EmailTaken(Conflict):
    key = "errors.email_taken"
    sentence = "There is already an account with this e-mail address."


class SlugTaken(Conflict):
    key = "errors.slug_taken"
    sentence = "Something else has the address {slug} already."


class ContentEdited(Conflict):
    key = "errors.content_edited"
    sentence = "Somebody else changed this while you were writing. Nothing of yours was saved yet."


class FileExists(Conflict):
    key = "errors.file_exists"
    sentence = "There is a file of this name already."


class IdempotencyMismatch(Conflict):
    key = "errors.idempotency_mismatch"
    sentence = "This idempotency key was used before with another request."


class StaleQuote(Conflict):
    key = "errors.stale_quote"
    sentence = "The price has changed since it was shown. Please look at it again."


class RefundedMeanwhile(Conflict):
    key = "errors.refunded_meanwhile"
    sentence = "Something of this order was refunded since you looked. Please look at it again."


class PaymentUnknown(Conflict):
    key = "errors.payment_unknown"
    sentence = "The payment of this order is not known yet. Please try again in a minute."


class PlanEdited(Conflict):
    key = "errors.plan_edited"
    sentence = "Somebody else changed this plan while you were editing it. Nothing of yours was saved yet."


class PlanWasBought(Refused):
    key = "errors.plan_was_bought"
    sentence = "Somebody has bought this plan: it can be archived, not deleted."


class StaleDiff(Conflict):
    key = "errors.stale_diff"
    sentence = "What would change is no longer what was shown. Please look at it again."


class NotFound(NestpayError):
    key = "errors.not_found"
    sentence = "There is no such thing."


class OwnerUnknown(NotFound):
    key = "errors.owner_unknown"
    sentence = "Nobody here is the {provider} customer {customer}."


class PriceUnknown(NotFound):
    key = "errors.price_unknown"
    sentence = "The {provider} price {price} belongs to no plan."


class NotAllowed(NestpayError):
    key = "errors.not_allowed"
    sentence = "You may not do that."


class SignInRequired(NotAllowed):
    key = "errors.sign_in_required"
    sentence = "Please sign in first."


class NotIncluded(NotAllowed):
    """`what` would open it: titles of plans, or the name of an entitlement."""

    key = "errors.not_included"
    sentence = "This comes with {what}."


class WrongCredentials(NotAllowed):
    key = "errors.wrong_credentials"
    sentence = "E-mail or password is wrong."


class StaleLink(NotAllowed):
    key = "errors.stale_link"
    sentence = "This link was used already or is too old."


class RateLimited(NotAllowed):
    """`retry_after` is in seconds."""

    key = "errors.rate_limited"
    sentence = "Too many tries. Please wait {retry_after} seconds."

    def __init__(self, *, retry_after: int) -> None:
        self.retry_after = retry_after
        super().__init__(retry_after=retry_after)


class BadEvent(NestpayError):
    key = "errors.bad_event"
    sentence = "This webhook delivery cannot be accepted."


class BadSignature(BadEvent):
    key = "errors.bad_signature"
    sentence = "The signature does not fit the body."


class EndpointClosed(BadEvent):
    """An empty secret would verify whatever anyone signs with nothing, so the endpoint stays shut."""

    key = "errors.endpoint_closed"
    sentence = "This endpoint is closed: no webhook secret is set."


class MalformedEvent(BadEvent):
    key = "errors.malformed_event"
    sentence = "The body is not an event: {reason}."


class BodyTooLarge(BadEvent):
    key = "errors.body_too_large"
    sentence = "The body is larger than {limit} bytes."


class ProviderTrouble(NestpayError):
    key = "errors.provider_trouble"
    sentence = "The payment company did not answer as expected. Nothing was charged; please try again."


class ProviderRefused(ProviderTrouble):
    """The provider understood and said no; `reason` is its own sentence, safe to log."""

    key = "errors.provider_refused"
    sentence = "The payment company refused this: {reason}"


class ProviderMissing(ProviderTrouble):
    """The provider knows no such object; `param` names which of ours it meant."""

    key = "errors.provider_missing"
    sentence = "The payment company does not know this object ({param})."

    def __init__(self, *, param: str) -> None:
        self.param = param
        super().__init__(param=param)

"""The billing portal: its API, its page step by step, and where the flows of a session lead."""

import re
from typing import Any

import httpx
import pytest
import stripe

from tests.sandbox.world import Served


class Customer:
    """Somebody with a subscription who walks through the portal."""

    def __init__(self, sandbox: Served, **session: Any) -> None:
        self.sandbox = sandbox
        self.price = sandbox.price(1000, product_data={"name": "Starter"})
        self.pro = sandbox.price(3000, product_data={"name": "Pro"})
        sandbox.press(sandbox.session(self.price))
        self.id = sandbox.client.customers.list().data[0].id
        self.enter(**session)

    def enter(self, **session: Any) -> None:
        """A new visit."""
        params: Any = {"customer": self.id, "return_url": "http://shop.example/billing", **session}
        self.visit = self.sandbox.client.billing_portal.sessions.create(params)

    @property
    def subscription(self) -> Any:
        """The one subscription as it is now."""
        return self.sandbox.client.subscriptions.list({"customer": self.id, "status": "all"}).data[0]

    def page(self, step: str = "", **query: str) -> str:
        """One step of the portal as text."""
        url = f"{self.visit.url}/{step}" if step else self.visit.url
        answer = self.sandbox.browser.get(url, params=query or None, follow_redirects=True)
        assert answer.status_code == 200, answer.text
        return answer.text

    def do(self, step: str, **form: str) -> httpx.Response:
        """Press a button; the subscription is named unless something else is."""
        return self.sandbox.browser.post(
            f"{self.visit.url}/{step}", data={"subscription": self.subscription.id, **form}
        )


def said(page: str, testid: str) -> str:
    """The text of the element with that test id."""
    found = re.search(rf'data-testid="{testid}"[^>]*>(.*?)</', page, re.DOTALL)
    assert found, f"{testid} is not on the page"
    return re.sub(r"<[^>]*>|\s+", " ", found[1]).strip()


@pytest.fixture
def ada(sandbox: Served) -> Customer:
    """A customer on the Starter plan, in the portal."""
    return Customer(sandbox)


def test_a_session_opens_the_portal_with_plan_card_details_and_invoices(ada: Customer) -> None:
    assert ada.visit.url == f"{ada.sandbox.site}/stripe/portal/{ada.visit.id}"
    page = ada.page()
    assert said(page, "plan-name") == "Starter"
    assert "Renews on" in said(page, "plan-state")
    assert "Visa •••• 4242" in page
    invoice = ada.sandbox.client.invoices.list().data[0]
    assert str(invoice.hosted_invoice_url) in page
    assert ada.sandbox.browser.get(str(invoice.invoice_pdf)).status_code == 200
    assert 'href="http://shop.example/billing"' in page
    assert ada.sandbox.types("billing_portal") == [
        "billing_portal.configuration.created",
        "billing_portal.session.created",
    ]


def test_a_plan_is_cancelled_with_a_reason_and_resumed(ada: Customer) -> None:
    assert "reason-too_expensive" in ada.page("cancel", subscription=ada.subscription.id)
    assert ada.do("cancel", feedback="too_expensive", comment="Sorry").status_code == 303
    ended = ada.subscription
    assert (ended.status, ended.cancel_at_period_end) == ("active", True)
    assert (ended.cancellation_details.feedback, ended.cancellation_details.comment) == ("too_expensive", "Sorry")
    assert "Ends on" in ada.page()
    ada.do("resume")
    assert ada.subscription.cancel_at is None
    assert ada.sandbox.types("customer.subscription.u")[-2:] == ["customer.subscription.updated"] * 2


def test_a_plan_is_changed_for_exactly_what_the_page_said(ada: Customer) -> None:
    assert "Pro" in ada.page("plan", subscription=ada.subscription.id)
    page = ada.page("confirm", subscription=ada.subscription.id, price=ada.pro.id)
    due = said(page, "due-today")
    at = re.findall(r'name="at" value="(\d+)"', page)[0]
    assert ada.do("confirm", price=ada.pro.id, quantity="1", at=at).status_code == 303
    assert ada.subscription["items"].data[0].price.id == ada.pro.id
    invoice = ada.sandbox.client.invoices.list().data[0]
    assert (invoice.status, f"${invoice.amount_paid / 100:.2f}") == ("paid", due)
    assert said(ada.page(), "plan-name") == "Pro"


def test_a_card_that_refuses_changes_nothing(ada: Customer) -> None:
    ada.do("card", number="4000000000000341")
    answer = ada.do("confirm", price=ada.pro.id)
    assert answer.status_code == 200
    assert said(answer.text, "portal-notice") == "Your card was declined."
    assert ada.subscription["items"].data[0].price.id == ada.price.id
    assert ada.subscription.status == "active"


def test_a_card_that_wants_approval_changes_the_plan_after_it(ada: Customer) -> None:
    challenge = ada.do("card", number="4000002760003184").headers["location"]
    done = ada.sandbox.browser.post(challenge, data={"do": "approve"}).headers["location"]
    ada.sandbox.browser.get(done)
    bank = ada.do("confirm", price=ada.pro.id).headers["location"]
    assert "/authenticate/" in bank
    assert ada.subscription["items"].data[0].price.id == ada.price.id
    back = ada.sandbox.browser.post(bank, data={"do": "approve"}).headers["location"]
    assert back.startswith(ada.visit.url)
    assert ada.subscription["items"].data[0].price.id == ada.pro.id


def test_a_new_card_pays_for_everything_from_then_on(ada: Customer) -> None:
    ada.do("card", number="4000 0566 5566 5556")
    card = ada.sandbox.client.payment_methods.list({"customer": ada.id}).data[0]
    assert ada.subscription.default_payment_method == card.id
    customer = ada.sandbox.client.customers.retrieve(ada.id)
    assert customer.invoice_settings
    assert customer.invoice_settings.default_payment_method == card.id
    assert ada.sandbox.types("payment_method.", "setup_intent.s", "customer.updated", "customer.subscription.updated")[-4:] == [
        "payment_method.attached", "setup_intent.succeeded", "customer.updated", "customer.subscription.updated",
    ]  # fmt: skip


def test_a_wrong_or_declined_card_says_why(ada: Customer) -> None:
    for number, text in (
        ("", "Choose a test card above."),
        ("1234", "That is not a test card."),
        ("4000000000000002", "Your card was declined."),
    ):
        assert text in ada.do("card", number=number).text
    assert 'value="4000 0027 6000 3184"' in ada.do("card", do="card-3ds").text


def test_a_card_that_pays_is_not_removed_and_another_one_is(ada: Customer) -> None:
    first = ada.subscription.default_payment_method
    assert "Choose another one first." in ada.do("card-remove", payment_method=first).text
    ada.do("card", number="5555555555554444")
    ada.do("card-remove", payment_method=first)
    assert len(ada.sandbox.client.payment_methods.list({"customer": ada.id}).data) == 1
    second = ada.sandbox.client.payment_methods.list({"customer": ada.id}).data[0]
    stranger = ada.sandbox.client.payment_methods.create({"type": "card", "card": {"number": "4242424242424242"}})
    assert "no payment method of yours" in ada.do("card-default", payment_method=stranger.id).text
    assert ada.subscription.default_payment_method == second.id


def test_details_are_saved_and_a_wrong_address_is_refused(ada: Customer) -> None:
    assert "Enter an e-mail address." in ada.do("details", email="nobody").text
    ada.do("details", email="ada@new.example", name="Ada L.", city="Paris", country="FR")
    customer = ada.sandbox.client.customers.retrieve(ada.id)
    assert (customer.email, customer.name, customer.address and customer.address.country) == (
        "ada@new.example",
        "Ada L.",
        "FR",
    )


def test_another_customers_subscription_is_out_of_reach(ada: Customer) -> None:
    bob = ada.sandbox.client.customers.create({"email": "bob@example.com"})
    other = ada.sandbox.client.billing_portal.sessions.create({"customer": bob.id})
    answer = ada.sandbox.browser.post(f"{other.url}/cancel", data={"subscription": ada.subscription.id})
    assert "no subscription of yours" in answer.text
    assert not ada.subscription.cancel_at_period_end
    assert "You have no plan" in ada.sandbox.browser.get(other.url).text


def test_an_overdue_invoice_is_offered_for_payment(ada: Customer) -> None:
    subscription = ada.sandbox.client.subscriptions.create(
        {"customer": ada.id, "items": [{"price": ada.pro.id}], "payment_behavior": "default_incomplete"}
    )
    page = ada.page()
    assert "$30.00 is due" in page
    invoice = ada.sandbox.client.invoices.retrieve(str(subscription.latest_invoice))
    assert f'href="{invoice.hosted_invoice_url}"' in page


@pytest.mark.parametrize(
    ("flow", "shows"),
    [
        ({"type": "payment_method_update"}, "Add a payment method"),
        ({"type": "subscription_cancel"}, "Cancel your plan"),
        ({"type": "subscription_update"}, "Change your plan"),
        ({"type": "customer_update"}, "Billing details"),
    ],
)
def test_a_flow_opens_at_its_step(ada: Customer, flow: dict[str, Any], shows: str) -> None:
    kind = flow["type"]
    own = {kind: {"subscription": ada.subscription.id}} if kind.startswith("subscription") else {}
    ada.enter(flow_data={**flow, **own})
    assert f"<h1>{shows}</h1>" in ada.page()


def test_a_confirmed_update_leads_back_to_the_shop(ada: Customer) -> None:
    item = ada.subscription["items"].data[0].id
    own = {"subscription": ada.subscription.id, "items": [{"id": item, "price": ada.pro.id, "quantity": 2}]}
    after = {"type": "redirect", "redirect": {"return_url": "http://shop.example/thanks"}}
    ada.enter(
        flow_data={"type": "subscription_update_confirm", "subscription_update_confirm": own, "after_completion": after}
    )
    assert said(ada.page(), "new-plan") == "Pro × 2"
    assert ada.do("confirm", price=ada.pro.id, quantity="2").headers["location"] == "http://shop.example/thanks"
    assert ada.subscription["items"].data[0].quantity == 2


def test_who_leaves_is_offered_a_coupon_and_may_take_it(ada: Customer) -> None:
    ada.sandbox.client.coupons.create({"id": "STAY", "percent_off": 30})
    own = {
        "subscription": ada.subscription.id,
        "retention": {"type": "coupon_offer", "coupon_offer": {"coupon": "STAY"}},
    }
    ada.enter(
        flow_data={
            "type": "subscription_cancel",
            "subscription_cancel": own,
            "after_completion": {
                "type": "hosted_confirmation",
                "hosted_confirmation": {"custom_message": "Good to have you."},
            },
        }
    )
    assert "Stay, and pay 30% less" in ada.page()
    finished = ada.do("retain").headers["location"]
    assert "Good to have you." in ada.sandbox.browser.get(finished).text
    assert len(ada.subscription.discounts) == 1
    assert not ada.subscription.cancel_at_period_end


def test_a_flow_for_a_wrong_subscription_or_a_feature_that_is_off_is_refused(ada: Customer) -> None:
    create = ada.sandbox.client.billing_portal.sessions.create
    bob = ada.sandbox.client.customers.create()
    own: Any = {"type": "subscription_cancel", "subscription_cancel": {"subscription": ada.subscription.id}}
    with pytest.raises(stripe.InvalidRequestError, match="not one of the customer's"):
        create({"customer": bob.id, "flow_data": own})
    closed = ada.sandbox.client.billing_portal.configurations.create(
        {"features": {"invoice_history": {"enabled": True}}}
    )
    with pytest.raises(stripe.InvalidRequestError, match="disabled in the portal configuration"):
        create({"customer": ada.id, "flow_data": own, "configuration": closed.id})
    with pytest.raises(stripe.InvalidRequestError, match="Missing required param"):
        create({"customer": ada.id, "flow_data": {"type": "subscription_cancel"}})


def test_a_configuration_decides_what_is_on_the_page(ada: Customer) -> None:
    configurations = ada.sandbox.client.billing_portal.configurations
    made = configurations.create(
        {
            "name": "Small",
            "business_profile": {"headline": "Ada's shop"},
            "features": {
                "invoice_history": {"enabled": False},
                "subscription_update": {
                    "enabled": True,
                    "default_allowed_updates": ["price"],
                    "proration_behavior": "none",
                    "products": [{"product": str(ada.pro.product), "prices": [ada.pro.id]}],
                },
            },
        }
    )
    ada.enter(configuration=made.id)
    page = ada.page()
    assert "Ada&#39;s shop" in page
    for absent in (
        "Invoice history",
        'data-testid="cancel-plan"',
        'data-testid="add-card"',
        'data-testid="edit-details"',
    ):
        assert absent not in page
    plans = ada.page("plan", subscription=ada.subscription.id)
    assert ada.pro.id in plans
    assert f"plan-{ada.price.id}" not in plans
    assert "not enabled" in ada.do("cancel").text
    assert "Nothing is due today" in ada.page("confirm", subscription=ada.subscription.id, price=ada.pro.id)
    assert configurations.update(made.id, {"active": False}).active is False
    with pytest.raises(stripe.InvalidRequestError, match="inactive"):
        ada.enter(configuration=made.id)
    assert [one.id for one in configurations.list({"is_default": True}).data] != [made.id]


def test_the_portal_speaks_the_language_of_its_session(ada: Customer) -> None:
    ada.enter(locale="fr")
    assert "Offre actuelle" in ada.page()
    assert "10,00\u00a0$US" in ada.page()
    ada.enter(locale="zh")
    assert "当前套餐" in ada.page()
    ada.enter(locale="auto")
    chinese = ada.sandbox.browser.get(ada.visit.url, headers={"accept-language": "de-DE,zh-CN;q=0.9"})
    assert "当前套餐" in chinese.text


def test_a_link_that_leads_nowhere_says_so(ada: Customer) -> None:
    assert ada.sandbox.browser.get("/stripe/portal/bps_none").status_code == 404
    assert ada.sandbox.browser.get(f"{ada.visit.url}/nowhere").headers["location"] == ada.visit.url
    ada.sandbox.client.customers.delete(ada.id)
    assert ada.sandbox.browser.get(ada.visit.url).status_code == 404


def test_the_front_page_opens_the_portal_of_a_customer(ada: Customer) -> None:
    answer = ada.sandbox.browser.post(f"/stripe/portal-sessions/{ada.id}")
    assert "Starter" in ada.sandbox.browser.get(answer.headers["location"]).text
    assert ada.sandbox.browser.post("/stripe/portal-sessions/cus_none").status_code == 400

"""The door of the API: keys, errors, idempotency, lists, expansion."""

import threading

import pytest
import stripe

from tests.sandbox.world import Served


def test_a_live_key_is_refused(sandbox: Served) -> None:
    for key in ("sk_live_123456789012", "rk_live_123456789012"):
        client = stripe.StripeClient(key, base_addresses={"api": f"{sandbox.site}/stripe"})
        with pytest.raises(stripe.AuthenticationError, match="live key"):
            client.v1.customers.list()


def test_no_key_is_refused_with_advice(sandbox: Served) -> None:
    answer = sandbox.browser.get("/stripe/v1/customers")
    assert answer.status_code == 401
    assert answer.json()["error"]["message"].startswith("You did not provide an API key.")


def test_basic_authentication_is_taken_too(sandbox: Served) -> None:
    answer = sandbox.browser.get("/stripe/v1/customers", auth=("sk_test_sandbox", ""))
    assert answer.status_code == 200


def test_every_answer_says_its_request_and_version(sandbox: Served) -> None:
    answer = sandbox.call("GET", "/customers")
    assert answer.headers["request-id"].startswith("req_")
    assert answer.headers["stripe-version"] == stripe.api_version


def test_an_unknown_object_is_a_404_that_names_the_parameter(sandbox: Served) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        sandbox.client.customers.retrieve("cus_nobody")
    error = caught.value
    assert (error.http_status, error.code, error.param) == (404, "resource_missing", "id")
    assert error.user_message == "No such customer: 'cus_nobody'"
    with pytest.raises(stripe.InvalidRequestError) as caught:
        sandbox.session(sandbox.price(), customer="cus_nobody")
    assert (caught.value.http_status, caught.value.param) == (400, "customer")


def test_an_unknown_parameter_is_refused_and_an_old_one_is_not(sandbox: Served) -> None:
    answer = sandbox.call("POST", "/customers", data={"nmae": "Ada"})
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["param"]) == (400, "parameter_unknown", "nmae")
    assert error["type"] == "invalid_request_error"
    assert error["doc_url"].endswith("/parameter-unknown")
    assert error["request_log_url"]
    assert sandbox.session(sandbox.price(), payment_method_types=["card"], ui_mode="hosted").ui_mode == "hosted_page"


def test_an_unknown_address_is_a_404(sandbox: Served) -> None:
    answer = sandbox.call("GET", "/nothing")
    assert answer.status_code == 404
    assert "Unrecognized request URL (GET: /v1/nothing)" in answer.json()["error"]["message"]


def test_the_same_key_and_parameters_give_the_first_answer_again(sandbox: Served) -> None:
    first = sandbox.call("POST", "/customers", data={"name": "Ada"}, headers={"Idempotency-Key": "k1"})
    again = sandbox.call("POST", "/customers", data={"name": "Ada"}, headers={"Idempotency-Key": "k1"})
    assert again.text == first.text
    assert again.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    assert len(sandbox.client.customers.list().data) == 1


def test_the_same_key_with_other_parameters_is_refused(sandbox: Served) -> None:
    sandbox.client.customers.create({"name": "Ada"}, {"idempotency_key": "k2"})
    with pytest.raises(stripe.IdempotencyError):
        sandbox.client.customers.create({"name": "Bob"}, {"idempotency_key": "k2"})


def test_a_refusal_is_replayed_but_a_request_that_never_started_is_not(sandbox: Served) -> None:
    def pay(method: str) -> int:
        data = {"amount": "500", "currency": "usd", "confirm": "true", "payment_method": method}
        return sandbox.call("POST", "/payment_intents", data=data, headers={"Idempotency-Key": "k3"}).status_code

    assert [pay("pm_card_chargeCustomerFail"), pay("pm_card_chargeCustomerFail")] == [402, 402]
    assert len(sandbox.client.payment_intents.list().data) == 1
    assert pay("pm_card_visa") == 400
    assert (
        sandbox.call("POST", "/coupons", data={"duration": "x"}, headers={"Idempotency-Key": "k4"}).status_code == 400
    )
    data = {"percent_off": "5"}
    assert sandbox.call("POST", "/coupons", data=data, headers={"Idempotency-Key": "k4"}).status_code == 200


def test_concurrent_requests_with_one_key_do_the_work_once(sandbox: Served) -> None:
    statuses: list[int] = []

    def create() -> None:
        answer = sandbox.call("POST", "/customers", data={"name": "Ada"}, headers={"Idempotency-Key": "k5"})
        statuses.append(answer.status_code)

    threads = [threading.Thread(target=create) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(statuses) <= {200, 409}
    assert 200 in statuses
    assert len(sandbox.client.customers.list().data) == 1


def test_lists_are_newest_first_and_page_both_ways(sandbox: Served) -> None:
    ids = [sandbox.client.customers.create({"name": str(number)}).id for number in range(5)][::-1]
    page = sandbox.client.customers.list({"limit": 2})
    assert ([one.id for one in page.data], page.has_more) == (ids[:2], True)
    following = sandbox.client.customers.list({"limit": 2, "starting_after": ids[1]})
    assert [one.id for one in following.data] == ids[2:4]
    before = sandbox.client.customers.list({"limit": 2, "ending_before": ids[3]})
    assert [one.id for one in before.data] == ids[1:3]
    assert [one.id for one in page.auto_paging_iter()] == ids
    with pytest.raises(stripe.InvalidRequestError):
        sandbox.client.customers.list({"starting_after": "cus_nobody"})


def test_lists_filter_by_time_and_by_field(sandbox: Served) -> None:
    ada = sandbox.client.customers.create({"email": "ada@example.com"})
    sandbox.client.customers.create({"email": "bob@example.com"})
    assert [one.id for one in sandbox.client.customers.list({"email": "ada@example.com"}).data] == [ada.id]
    assert sandbox.client.customers.list({"created": {"gt": ada.created + 60}}).data == []
    assert len(sandbox.client.customers.list({"created": {"gte": ada.created}}).data) == 2


def test_expansion_goes_deep_and_stops_at_nonsense(sandbox: Served) -> None:
    customer = sandbox.client.customers.create({"email": "ada@example.com"})
    session = sandbox.session(sandbox.price(), customer=customer.id)
    sandbox.press(session)
    subscription = sandbox.reread(session, "subscription.latest_invoice.payments", "customer").subscription
    invoice = subscription.latest_invoice
    assert invoice.payments.data[0].payment.payment_intent.startswith("pi_")
    listed = sandbox.client.invoices.list({"expand": ["data.customer", "data.payments.data.payment.payment_intent"]})
    assert listed.data[0].customer.email == "ada@example.com"
    assert listed.data[0].payments.data[0].payment.payment_intent.status == "succeeded"
    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
        sandbox.client.customers.retrieve(customer.id, {"expand": ["nonsense"]})
    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
        sandbox.client.customers.retrieve(customer.id, {"expand": ["email"]})


def test_only_this_machine_is_answered(sandbox: Served) -> None:
    rebound = sandbox.browser.get("/", headers={"Host": "evil.example"})
    assert rebound.status_code == 403
    assert sandbox.browser.get("/", headers={"Host": "localhost:8000"}).status_code == 200

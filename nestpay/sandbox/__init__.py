"""A pretend payment company on your own machine: a program of its own that imports nothing else of nestpay.

It speaks Stripe's wire protocol, shows a hosted checkout page, and sends signed webhooks over HTTP.
Start reading at `app.py`; `stripe/api.py` is the door of the API and `stripe/checkout_flow.py` the till.
"""

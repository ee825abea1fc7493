"""The composition root: the whole house, with its pages, as the one `app` that is served."""

import reflex as rx

from nestpay import service
from nestpay.web import fresh, front, pages

house = service.build()
app = rx.App(api_transformer=[house.api, fresh.FreshPages, front.front_door])
app.register_lifespan_task(house.running)
pages.add_all(app)

"""Which providers are switched on in this process."""

from nestpay.domain.errors import NotFound
from nestpay.providers.base import PaymentProvider
from nestpay.settings import Settings

_providers: dict[str, PaymentProvider] = {}


def register(provider: PaymentProvider) -> None:
    """Switch a provider on, replacing one of the same name."""
    _providers[provider.name] = provider


def get(name: str) -> PaymentProvider:
    """The provider of this name. Raises NotFound when it is not switched on."""
    if name not in _providers:
        raise NotFound(f"There is no payment provider called {name}.")
    return _providers[name]


def names() -> tuple[str, ...]:
    """The names of all providers that are switched on, in the order in which that was done: the first is offered first."""
    return tuple(_providers)


def clear() -> None:
    """Switch all providers off."""
    _providers.clear()


def switch_on(settings: Settings) -> None:
    """Switch on every provider that the settings hold keys for."""
    if key := settings.stripe_secret_key.get_secret_value():
        from nestpay.providers.stripe.client import StripeProvider

        register(
            StripeProvider(
                secret_key=key,
                webhook_secrets=[secret.get_secret_value() for secret in settings.stripe_webhook_secrets],
                api_base=settings.stripe_base,
                timeout_seconds=settings.provider_timeout_seconds,
                automatic_tax=settings.stripe_automatic_tax,
                tax_id_collection=settings.stripe_tax_id_collection,
                save_cards=settings.stripe_save_cards,
                portal_url=settings.stripe_customer_portal_url,
            )
        )
    if key := settings.creem_api_key.get_secret_value():
        from nestpay.providers.creem.client import CreemProvider

        register(
            CreemProvider(
                api_key=key,
                webhook_secrets=[secret.get_secret_value() for secret in settings.creem_webhook_secrets],
                api_base=settings.creem_base,
                timeout_seconds=settings.provider_timeout_seconds,
            )
        )

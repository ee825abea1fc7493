"""Which providers are switched on in this process."""

from nestpay.domain.errors import NotFound
from nestpay.providers.base import PaymentProvider

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
    """The names of all providers that are switched on."""
    return tuple(sorted(_providers))


def clear() -> None:
    """Switch all providers off."""
    _providers.clear()

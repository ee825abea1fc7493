"""Who moves money: one protocol, one folder a provider, and a registry that knows which are switched on."""

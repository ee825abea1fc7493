"""The HTTP doors: routes that speak JSON, set the cookie and take webhooks."""

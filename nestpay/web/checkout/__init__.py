"""The way to the payment page and back."""

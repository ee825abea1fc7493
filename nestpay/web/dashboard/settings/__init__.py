"""What a customer may change about the account."""

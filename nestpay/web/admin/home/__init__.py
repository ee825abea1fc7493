"""What needs an admin today."""

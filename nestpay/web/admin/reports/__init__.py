"""How the shop did over a range of days."""

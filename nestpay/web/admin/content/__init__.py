"""Content in the admin's desk: what is written, what it costs, and what is handed over."""

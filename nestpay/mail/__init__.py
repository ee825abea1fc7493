"""E-mail: what the letters say, in three languages, and how they leave. Knows no database."""

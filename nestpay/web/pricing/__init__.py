"""The plans for sale."""

"""Creem's own pages: its checkout, the customer's pages and its desk; they look like another company's."""

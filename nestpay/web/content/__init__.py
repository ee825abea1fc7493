"""The public pages around the plans."""

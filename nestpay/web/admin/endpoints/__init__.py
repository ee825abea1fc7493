"""The desk of endpoints: whom we tell what happened."""

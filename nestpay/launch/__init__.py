"""Brings a machine from a checkout to a serving program: keys, schema, demo data, the browser's bundle, the port."""

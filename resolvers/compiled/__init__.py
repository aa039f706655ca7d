"""Compiled selections: a Python function for what an operation asks of an object, in place of a visit to every field."""

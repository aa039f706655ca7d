"""Rows from elsewhere, written by external id: the one engine behind bulk upserts through the API and behind file imports.

shapes.py says what a row of each kind holds, kinds.py what becomes of it, engine.py writes, values.py reads and checks.
"""

"""Imports of files: a plan first, then applying it, in batches that each stand for themselves.

mapping.py says which cell becomes which field, reading.py turns a file into rows, records.py keeps what is known of an
import, plan.py and apply.py do the work.
"""

"""Purchases: tickets are reserved for a while, paid, and become an order that stands; or they are given back. Nothing is
sold twice (Requirement D23, docs/decisions/0027)."""

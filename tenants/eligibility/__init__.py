"""Who may buy what, when, at what price and how many: asked by the shop and by staff, answered by one rule.

world.py reads what the answer rests on, in one statement; rule.py answers from that alone, in the words of parts.py.
"""

"""What a fabric of switches does: link loads, fair rates, bounds, failures, collectives, connectivity. Pure functions of arrays.

SciPy is imported at the top of these files (0.1 to 0.4 s), so whoever must start fast imports them late.
"""

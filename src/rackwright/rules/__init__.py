"""Tables to findings: one rule a file, found by scanning."""

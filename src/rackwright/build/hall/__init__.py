"""Racks on floors, fabrics between them, and every cable routed: array passes over templates compiled once per rack design."""

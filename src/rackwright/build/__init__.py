"""Spec and catalogue to tables; one pass per file, in order: expand, place, connect, route, feed, cool, bill."""

"""Shelves, busbar, connectors, breakers, PDUs and batteries."""

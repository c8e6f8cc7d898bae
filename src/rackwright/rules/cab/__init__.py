"""Cables, cartridges and channels."""

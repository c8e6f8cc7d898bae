"""Coolant and air."""

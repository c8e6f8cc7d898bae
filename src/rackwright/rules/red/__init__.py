"""Redundancy of single devices."""

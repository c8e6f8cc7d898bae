"""Rackwright: rack as code. From one declarative spec to a package a plant can build from."""

__version__ = "0.1.0"

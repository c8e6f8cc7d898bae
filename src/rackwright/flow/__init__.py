"""The stages in order, the package store, query, diff and explain."""

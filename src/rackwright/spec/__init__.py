"""What is wanted: the spec as people write it, in YAML or Python, read into a typed document that knows its lines."""

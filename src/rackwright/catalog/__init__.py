"""What exists: parts with their facts, and the source, date and confidence of every fact."""

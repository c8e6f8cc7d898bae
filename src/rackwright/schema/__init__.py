"""The tables and part kinds, as data: one CSV each; the loader that turns them into frames and checks."""

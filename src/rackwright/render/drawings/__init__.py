"""One module per drawing: NAME, TITLE, SECTION (of the report), ORDER in it, and `draw(t) -> Scene | None` (None: does not apply)."""

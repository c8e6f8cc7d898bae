"""One module per section of the report: NAME, TITLE, ORDER and `content(t) -> Content | None` (None: does not apply).

A section is laid out by `templates/sections/NAME.html.j2` where there is one, else by `templates/section.html.j2`.
"""

"""One module per chapter of the build book that is not just a section of the report: NAME, TITLE, ORDER and `chapter(t, given) -> blocks | None`.

A section of the report is a chapter as it is, unless a module here has its name. `WIDE = True` turns the pages of a chapter;
`OF_CHOICE = False` keeps it out of the book of a part of a hall.
"""

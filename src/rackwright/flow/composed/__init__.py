"""Receivers whose files are made of what several rooms make: drawings of `render`, frames of `export`. Found by scanning, as those of `export` are.

A module has TITLE, ABOUT, what `flow.handoff` says of receivers, and `files_of(tables, only, about)`, where `about` is the manifest of the package;
with DESIGNS also the tables of the rack designs of a hall, by name.
"""

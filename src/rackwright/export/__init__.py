"""Tables to files for other tools; one file per receiver."""

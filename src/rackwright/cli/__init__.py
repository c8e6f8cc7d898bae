"""The command line: one file per command under `commands/`, one per message format under `formats/`, both found by scanning."""

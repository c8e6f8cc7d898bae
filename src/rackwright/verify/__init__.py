"""What was observed on the built thing, held against its tables. Reads tables and observation files, and nothing of them is executed."""

"""Places that make cables cheap: a search over exchanges, and a bound below which no placement gets. Pure functions of arrays."""

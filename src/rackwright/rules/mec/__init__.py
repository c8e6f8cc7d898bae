"""Space, mass and the power zone."""

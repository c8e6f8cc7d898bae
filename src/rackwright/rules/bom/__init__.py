"""Parts, prices and origin."""

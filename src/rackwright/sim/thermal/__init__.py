"""Heat: the coolant manifold as a network of pipes, and the air through the rack."""

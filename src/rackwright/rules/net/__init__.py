"""Links, ports and the management network."""

"""An existing hall from what others wrote down of it: lists of links and devices become a hall spec, and the tables of the hall as it stands."""

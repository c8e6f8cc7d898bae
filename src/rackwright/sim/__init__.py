"""Tables to result tables, one room per physics."""

"""Tables to drawings and the report."""

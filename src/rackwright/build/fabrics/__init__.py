"""Network fabrics as array kernels: who is wired to which port of which switch. One topology per file, found by scanning."""

"""`python -m rackwright` is the same as `rackwright`."""

import sys

from rackwright.cli.main import main

if __name__ == "__main__":
    sys.exit(main())

"""`python -m ganjax` is `ganjax`."""

import sys

from ganjax.cli import main

sys.exit(main())

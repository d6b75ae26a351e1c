"""``python -m altmount``."""

import sys

from altmount.cli import main

sys.exit(main())

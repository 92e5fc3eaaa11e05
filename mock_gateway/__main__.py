"""``python -m mock_gateway`` is ``mock-gateway``."""

import sys

from .command import main

sys.exit(main())

"""Make this clone ready with the bare system Python. The steps: platform/throughline/demo/bootstrap.py."""

import sys
from pathlib import Path

if sys.version_info < (3, 11):  # noqa: UP036 - the system's Python may well be older
    raise SystemExit(
        "Throughline needs Python 3.11 or newer. On Debian and Ubuntu: apt-get install python3.11"
    )
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "platform"))

from throughline.demo.bootstrap import main

main(sys.argv[1])

"""Run the benchmarks and print one table: every figure against a floor measured in the same run.

python -m benchmarks            all of them
python -m benchmarks reporting  one of them
"""

import sys
import tempfile
from pathlib import Path

from benchmarks import (
    activating,
    backtesting,
    dashboards,
    evaluating,
    listing,
    rendering,
    reporting,
    scanning,
)
from benchmarks.stage import stage

ALL = {
    "reporting": reporting.run,
    "listing": listing.run,
    "dashboards": dashboards.run,
    "rendering": rendering.run,
    "backtesting": backtesting.run,
    "evaluating": evaluating.run,
    "scanning": scanning.run,
    "activating": activating.run,
}


def main() -> None:
    """Run what was asked for."""
    wanted = sys.argv[1:] or list(ALL)
    rows: list[tuple[str, str, str]] = []
    for name in wanted:
        with tempfile.TemporaryDirectory() as folder, stage(Path(folder)) as staged:
            rows += ALL[name](staged, Path(folder))
    width = max(len(what) for what, _, _ in rows)
    for what, figure, aim in rows:
        print(f"{what:<{width}}  {figure:>12}  {aim}")


main()

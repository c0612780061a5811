"""``python -m throughline.demo``."""

from throughline.demo.run import main

main()

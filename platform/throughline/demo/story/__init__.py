"""The demo's story: two years up to today, told the same way for the same day and seed."""

from throughline.demo.story.whole import tell

__all__ = ["tell"]

"""Rules that are written, tried, compared and put live from pages, beside those of plugins and packs."""

"""Safety actions and the measures that judge them."""

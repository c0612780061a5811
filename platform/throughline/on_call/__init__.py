"""Who is on call for which units, and when."""

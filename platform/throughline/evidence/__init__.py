"""Evidence: frozen documents, rendered, signed off and published to commissioners."""

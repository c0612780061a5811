"""The Throughline: every step of an incident, and every gap."""

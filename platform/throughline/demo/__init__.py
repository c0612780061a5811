"""The demo: the whole product on one machine, with its own PostgreSQL and Valkey under ``var/``."""

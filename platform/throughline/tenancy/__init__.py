"""Tenants, their unit trees, their packs, and the Scope that every service takes first."""

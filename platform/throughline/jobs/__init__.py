"""Work for later: a ledger in PostgreSQL, a doorbell in Valkey, and a runner that does each thing once."""

"""What every layer stands on: database, clock, errors, events, actor, storage, keys."""

"""Write the story into a database, in bulk: one transaction for each tenant."""

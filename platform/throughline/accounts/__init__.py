"""People: accounts, memberships, permissions, sign-in and sessions."""

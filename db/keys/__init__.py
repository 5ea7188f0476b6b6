"""Who may open which book: users, key slots, sealing, the recovery key."""

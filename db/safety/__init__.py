"""What keeps a book from loss and tells of tampering: backups, restore, salvage, verify, audit."""

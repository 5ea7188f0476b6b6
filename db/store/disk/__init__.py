"""Files and folders on the disk: which are right for a book, written whole, nobody else's."""

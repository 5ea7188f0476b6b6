"""What an open book is made of: its connections, what is read of it, what is written into it."""

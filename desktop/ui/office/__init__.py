"""What an office sets for itself: its users, its workdays, when reports are due, where files go."""

"""What an office sets for itself: its users, its workdays, where files go."""

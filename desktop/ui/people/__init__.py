"""A person's card and life, and appointment forms before they are taken in."""

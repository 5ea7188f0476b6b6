"""What looks like an accident in a workbook that came back, one kind of accident a module; it waits
until a person accepts it."""

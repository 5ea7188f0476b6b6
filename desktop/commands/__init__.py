"""The commands of the command line, a module for each group; each calls the functions that the
window calls."""

"""The application around the record book: exchange, bulletins, the window and the command line."""

#: The one place: packages, the command line and the page about the program read it. It rises with
#: each release, since a system takes a package for an update by its version alone.
__version__ = "0.2.0"

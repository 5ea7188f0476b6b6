"""The application around the record book: exchange, bulletins, the window and the command line."""

__version__ = "0.1.0"

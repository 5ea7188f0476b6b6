"""Typesetting and printing to GB/T 9704-2012: the only part of the program that makes PDF files.

A caller builds a :class:`~desktop.bulletin.document.Document` and hands it to
:func:`~desktop.bulletin.writers.render`. Nothing here knows Qt, workbooks or the ledgers.
"""

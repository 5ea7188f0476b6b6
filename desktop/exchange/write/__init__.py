"""Workbooks going out."""

"""Formats that people read, one file a format."""

"""Formats that programs read, one file a format."""

"""Longer runs that print a table: accuracy and speed. No test needs them."""

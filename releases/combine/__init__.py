"""One dataset of several directories."""

"""Listings -> tables -> a release."""

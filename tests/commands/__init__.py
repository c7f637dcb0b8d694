"""Tests of the command line, a module a command."""

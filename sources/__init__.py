"""What a directory is: the model of a source, and a folder per directory."""

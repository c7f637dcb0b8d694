"""What a source's own history says of a release that would replace the last one."""

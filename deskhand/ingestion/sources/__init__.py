"""Where documents come from. So far: folders and files."""

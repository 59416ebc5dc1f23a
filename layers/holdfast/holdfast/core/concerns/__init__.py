"""The eight concerns, a file each: what the concern watches, and which drift of it opens access."""

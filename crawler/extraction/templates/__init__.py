"""What the pages of a site teach of its layouts: lessons of single pages, learned into a template, applied to others."""

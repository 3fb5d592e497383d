"""What a page says of its report: title, author, section, standfirst, language."""

"""Where Scrapy looks for our commands (the setting COMMANDS_MODULE); see crawler/standin.py."""

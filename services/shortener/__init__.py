"""The shortener: accounts, links and redirects."""

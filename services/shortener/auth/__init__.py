"""Accounts: register, log in, refresh, log out, and who is asking."""

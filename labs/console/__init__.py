"""The web page of the labs."""

"""A stand-in for relay."""

from services.fake import serve

serve("RELAY")

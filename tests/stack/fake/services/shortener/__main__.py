"""A stand-in for shortener."""

from services.fake import serve

serve("SHORTENER")

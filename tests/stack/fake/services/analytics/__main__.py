"""A stand-in for analytics."""

from services.fake import serve

serve("ANALYTICS")

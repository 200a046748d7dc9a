"""A stand-in for partner."""

from services.fake import serve

serve("PARTNER")

"""May this address be shortened? Rules of our own first, then the partner's verdict."""

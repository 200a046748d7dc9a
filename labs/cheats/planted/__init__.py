"""What a cheat plants into the shortener: a file each, with `front(app)` around the whole app.

Each is copied into a workspace as `services/shortener/cheat.py`, so it imports nothing of ours.
"""

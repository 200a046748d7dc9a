"""Random load and faults, replayable by seed; afterwards, nothing may be lost."""

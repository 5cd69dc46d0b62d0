-- A clock that runs, so many milliseconds ahead of the machine's time.
ALTER TABLE clock ADD COLUMN ahead_ms INTEGER;

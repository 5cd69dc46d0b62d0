-- The version of what a proposal changes, as it was when it was proposed: an approval of anything else is refused.
ALTER TABLE proposal ADD COLUMN seen TEXT;

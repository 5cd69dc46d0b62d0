-- The version that the row to be changed had when the change was proposed: the approval is refused if the row has another version.
ALTER TABLE proposal ADD COLUMN seen TEXT;

-- The table behind [resources.note] of policy.toml.
CREATE TABLE note (
  id TEXT PRIMARY KEY,
  team_id TEXT NOT NULL,
  owner_id TEXT NOT NULL,
  title TEXT NOT NULL,
  remark TEXT,
  archived INTEGER NOT NULL
) STRICT;
CREATE INDEX note_by_team ON note (team_id, id);

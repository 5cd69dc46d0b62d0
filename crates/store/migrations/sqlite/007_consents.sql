-- The users' consents for clients of the log-in service.
CREATE TABLE sso_consent (
    party   INTEGER NOT NULL,
    client  INTEGER NOT NULL,
    consent INTEGER NOT NULL,
    scopes  TEXT NOT NULL,
    at_ms   INTEGER NOT NULL,
    PRIMARY KEY (party, client)
) STRICT, WITHOUT ROWID;

-- Families of users' tokens for clients: each has the tokens of one authorization code.
CREATE TABLE sso_family (
    id             INTEGER PRIMARY KEY,
    client         INTEGER NOT NULL,
    party          INTEGER NOT NULL,
    scopes         TEXT NOT NULL,
    consent        INTEGER NOT NULL,
    access_version INTEGER NOT NULL,
    ends_at_ms     INTEGER NOT NULL
) STRICT;

CREATE INDEX sso_family_end ON sso_family (ends_at_ms);

-- Codes and refresh tokens without a consent become invalid, and so do their access tokens.
DROP TABLE IF EXISTS sso_code;
CREATE TABLE sso_code (
    hash           BLOB PRIMARY KEY,
    client         INTEGER NOT NULL,
    party          INTEGER NOT NULL,
    scopes         TEXT NOT NULL,
    consent        INTEGER NOT NULL,
    access_version INTEGER NOT NULL,
    redirect_uri   TEXT NOT NULL,
    challenge      TEXT,
    used_by        INTEGER,
    ends_at_ms     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX sso_code_end ON sso_code (ends_at_ms);

DROP TABLE IF EXISTS sso_refresh;
CREATE TABLE sso_refresh (
    hash       BLOB PRIMARY KEY,
    family     INTEGER NOT NULL,
    client     INTEGER NOT NULL,
    party      INTEGER NOT NULL,
    used_at_ms INTEGER,
    ends_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX sso_refresh_end ON sso_refresh (ends_at_ms);

DELETE FROM api_token WHERE client IS NOT NULL;
ALTER TABLE api_token ADD COLUMN family INTEGER;

-- Incremented by a new password and by disabling. Sessions with another value have ended; users with older sessions log in again.
ALTER TABLE party ADD COLUMN access_version INTEGER NOT NULL DEFAULT 0;
ALTER TABLE browser_session ADD COLUMN access_version INTEGER;
DELETE FROM browser_session WHERE party IS NOT NULL;

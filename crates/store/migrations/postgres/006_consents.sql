-- What users have allowed clients of the log-in service.
CREATE TABLE sso_consent (
    party   BIGINT NOT NULL,
    client  BIGINT NOT NULL,
    consent BIGINT NOT NULL,
    scopes  TEXT NOT NULL,
    at_ms   BIGINT NOT NULL,
    PRIMARY KEY (party, client)
);

-- Tokens of users for clients, by the code that they came of.
CREATE TABLE sso_family (
    id             BIGINT PRIMARY KEY,
    client         BIGINT NOT NULL,
    party          BIGINT NOT NULL,
    scopes         TEXT NOT NULL,
    consent        BIGINT NOT NULL,
    access_version BIGINT NOT NULL,
    ends_at_ms     BIGINT NOT NULL
);

CREATE INDEX sso_family_end ON sso_family (ends_at_ms);

-- Codes and refresh tokens that rest on no consent are not good any more, nor are the access tokens that came of them.
DROP TABLE IF EXISTS sso_code;
CREATE TABLE sso_code (
    hash           BYTEA PRIMARY KEY,
    client         BIGINT NOT NULL,
    party          BIGINT NOT NULL,
    scopes         TEXT NOT NULL,
    consent        BIGINT NOT NULL,
    access_version BIGINT NOT NULL,
    redirect_uri   TEXT NOT NULL,
    challenge      TEXT,
    used_by        BIGINT,
    ends_at_ms     BIGINT NOT NULL
);

CREATE INDEX sso_code_end ON sso_code (ends_at_ms);

DROP TABLE IF EXISTS sso_refresh;
CREATE TABLE sso_refresh (
    hash       BYTEA PRIMARY KEY,
    family     BIGINT NOT NULL,
    client     BIGINT NOT NULL,
    party      BIGINT NOT NULL,
    used_at_ms BIGINT,
    ends_at_ms BIGINT NOT NULL
);

CREATE INDEX sso_refresh_end ON sso_refresh (ends_at_ms);

DELETE FROM api_token WHERE client IS NOT NULL;
ALTER TABLE api_token ADD COLUMN family BIGINT;

-- Counts new passwords and disablings. Log-ins that began with another count are over; those of before begin again.
ALTER TABLE party ADD COLUMN access_version BIGINT NOT NULL DEFAULT 0;
ALTER TABLE browser_session ADD COLUMN access_version BIGINT;
DELETE FROM browser_session WHERE party IS NOT NULL;

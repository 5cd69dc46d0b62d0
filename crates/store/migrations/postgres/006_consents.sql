-- The users' consents for clients of the log-in service.
CREATE TABLE sso_consent (
    party   BIGINT NOT NULL,
    client  BIGINT NOT NULL,
    consent BIGINT NOT NULL,
    scopes  TEXT NOT NULL,
    at_ms   BIGINT NOT NULL,
    PRIMARY KEY (party, client)
);

-- Families of users' tokens for clients: each has the tokens of one authorization code.
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

-- Codes and refresh tokens without a consent become invalid, and so do their access tokens.
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

-- Incremented by a new password and by disabling. Sessions with another value have ended; users with older sessions log in again.
ALTER TABLE party ADD COLUMN access_version BIGINT NOT NULL DEFAULT 0;
ALTER TABLE browser_session ADD COLUMN access_version BIGINT;
DELETE FROM browser_session WHERE party IS NOT NULL;

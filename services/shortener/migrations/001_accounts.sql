-- Who may create links. `email_key` is the address as compared: trimmed and in lower case.
CREATE TABLE accounts (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email         text NOT NULL,
    email_key     text COLLATE "C" NOT NULL UNIQUE,
    password_hash text NOT NULL,
    -- How many live links the account owns. Raised and lowered in the transaction that creates or
    -- deletes the link, so that the quota is one conditional UPDATE and exact under races.
    links_used    integer NOT NULL DEFAULT 0 CHECK (links_used >= 0),
    created_at    timestamptz NOT NULL DEFAULT now()
);

-- A login, and every refresh token that descends from it. Revoking the family ends them all.
CREATE TABLE refresh_families (
    id          uuid PRIMARY KEY,
    account_id  bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    created_at  timestamptz NOT NULL DEFAULT now(),
    revoked_at  timestamptz,
    revoked_for text
);
CREATE INDEX refresh_families_account ON refresh_families (account_id);

-- Only a digest is stored: who reads this table cannot log in with it. A token that was used stays,
-- because seeing it a second time is how theft is noticed.
CREATE TABLE refresh_tokens (
    digest     bytea PRIMARY KEY,
    family_id  uuid NOT NULL REFERENCES refresh_families ON DELETE CASCADE,
    expires_at timestamptz NOT NULL,
    used_at    timestamptz
);
CREATE INDEX refresh_tokens_family ON refresh_tokens (family_id);

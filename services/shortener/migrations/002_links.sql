-- `code` is shown; `code_key` is looked up. A generated code is its own key, an alias's key is its
-- lower case, so that aliases compare case-insensitively on a unique column and every lookup is an
-- equality on one index. COLLATE "C": compared as bytes, whatever the cluster's locale says.
CREATE TABLE links (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code       text COLLATE "C" NOT NULL,
    code_key   text COLLATE "C" NOT NULL,
    owner_id   bigint NOT NULL REFERENCES accounts,
    url        text NOT NULL,
    -- Raised by every change: the ETag, and what tells a cache which of two values is newer.
    version    bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    -- A deleted link keeps its row: its code must not be given to someone else.
    deleted_at timestamptz,
    -- The start of the address without its scheme, for the search: `example.com/news`.
    search_key text COLLATE "C" NOT NULL
        GENERATED ALWAYS AS (lower(left(substr(url, strpos(url, '://') + 3), 100))) STORED
);
CREATE UNIQUE INDEX links_code_key ON links (code_key);
CREATE INDEX links_of_owner ON links (owner_id, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX links_search ON links (owner_id, search_key) WHERE deleted_at IS NULL;

-- One row per Idempotency-Key of an account. `answer` is written in the transaction that creates
-- the link: either both are there or neither. `attempt` names the request that may finish the row.
CREATE TABLE idempotency_keys (
    account_id    bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    key           text COLLATE "C" NOT NULL,
    fingerprint   bytea NOT NULL,
    attempt       uuid NOT NULL,
    attempted_at  timestamptz NOT NULL DEFAULT now(),
    answer_status integer,
    answer_body   jsonb,
    PRIMARY KEY (account_id, key)
);
CREATE INDEX idempotency_keys_age ON idempotency_keys (attempted_at);

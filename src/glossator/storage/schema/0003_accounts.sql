-- What the table users has no column for. An account without a row here has never needed one.
CREATE TABLE glossator.accounts (
    account_id varchar(36) PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    image text,
    tokens_valid_from timestamptz
);

CREATE TABLE glossator.login_sessions (
    id varchar(36) PRIMARY KEY,
    account_id varchar(36) NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    token_hash bytea NOT NULL UNIQUE,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    remember boolean NOT NULL,
    ip_address text NOT NULL,
    user_agent text NOT NULL
);
CREATE INDEX login_sessions_account_id ON glossator.login_sessions (account_id, created_at);
CREATE INDEX login_sessions_expires_at ON glossator.login_sessions (expires_at);

CREATE TABLE glossator.one_time_tokens (
    token_hash bytea PRIMARY KEY,
    account_id varchar(36) NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL
);
CREATE INDEX one_time_tokens_account_id ON glossator.one_time_tokens (account_id);

-- Keys are HMACs of an e-mail's hash and of a network; addresses nobody signed up with are counted too.
CREATE TABLE glossator.sign_in_failures (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email_key bytea NOT NULL,
    network_key bytea NOT NULL,
    failed_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX sign_in_failures_email_key ON glossator.sign_in_failures (email_key, failed_at);
CREATE INDEX sign_in_failures_failed_at ON glossator.sign_in_failures (failed_at);

CREATE TABLE glossator.known_networks (
    email_key bytea NOT NULL,
    network_key bytea NOT NULL,
    seen_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (email_key, network_key)
);
CREATE INDEX known_networks_seen_at ON glossator.known_networks (seen_at);

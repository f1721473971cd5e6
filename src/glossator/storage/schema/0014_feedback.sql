-- What readers say about answers. An answer is named by the id of its request, or of its message where that is not known.
CREATE TABLE glossator.feedback (
    answer_id text PRIMARY KEY,
    account_id varchar(36) REFERENCES users (id) ON DELETE CASCADE,
    message_id varchar(36) UNIQUE REFERENCES chat_messages (id) ON DELETE CASCADE,
    rating text NOT NULL,
    reason text,
    citation integer,
    comment text,
    mode text,
    mode_reason text,
    sections jsonb NOT NULL,
    given_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX feedback_account ON glossator.feedback (account_id);
CREATE INDEX feedback_given ON glossator.feedback (given_at);

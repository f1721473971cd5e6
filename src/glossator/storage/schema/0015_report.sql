-- What the report on the book reads. A question has either the message of an account, with which it is deleted, or a
-- masked text without account and address. A vector is one signed byte for each dimension.
CREATE TABLE glossator.asked_questions (
    answer_id text PRIMARY KEY,
    question_id varchar(36) REFERENCES chat_messages (id) ON DELETE CASCADE,
    question text,
    problem text,
    nearest text NOT NULL,
    model text,
    vector bytea,
    asked_at timestamptz NOT NULL,
    CHECK (num_nonnulls(question_id, question) = 1)
);
CREATE INDEX asked_questions_message ON glossator.asked_questions (question_id);
CREATE INDEX asked_questions_time ON glossator.asked_questions (asked_at);

-- How often answers cited a section, or left a question open next to it; an empty section is the whole book.
CREATE TABLE glossator.answer_counts (
    day date NOT NULL,
    outcome text NOT NULL,
    section text NOT NULL,
    count bigint NOT NULL,
    PRIMARY KEY (day, outcome, section)
);

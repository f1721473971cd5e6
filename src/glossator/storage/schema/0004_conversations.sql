CREATE TABLE glossator.message_details (
    message_id varchar(36) PRIMARY KEY REFERENCES chat_messages (id) ON DELETE CASCADE,
    citations jsonb,
    mode text,
    interrupted boolean NOT NULL,
    request_id text
);

-- Makes a conversation (when it has a title) and makes it the one active conversation of its account; false, and
-- nothing is written, when the account or its conversation is gone. A function, because a statement sees only what was
-- committed before it began, even if it waited for a lock: here each statement begins after the wait for the account.
CREATE FUNCTION glossator.use_conversation(owner text, conversation text, new_title text) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM users WHERE id = owner FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    IF new_title IS NOT NULL THEN
        INSERT INTO chat_sessions (id, user_id, title, is_active, created_at, updated_at)
        VALUES (conversation, owner, new_title, true, clock_timestamp(), clock_timestamp())
        ON CONFLICT (id) DO NOTHING;
    END IF;
    UPDATE chat_sessions SET is_active = true, updated_at = clock_timestamp()
    WHERE id = conversation AND user_id = owner;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    UPDATE chat_sessions SET is_active = false WHERE user_id = owner AND is_active AND id <> conversation;
    RETURN true;
END
$$;

-- A question and its answer in one round trip. Messages that are stored already are left as they are, so that a call
-- may be repeated when nobody knows whether the first one arrived.
CREATE FUNCTION glossator.store_exchange(owner text, conversation text, new_title text, messages jsonb) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    IF NOT glossator.use_conversation(owner, conversation, new_title) THEN
        RETURN false;
    END IF;
    INSERT INTO chat_messages (id, session_id, role, content, selected_text, sources, created_at)
    SELECT m.id, conversation, m.role, m.content, m.selected_text, m.sources, m.created_at
    FROM jsonb_to_recordset(messages)
        AS m (id text, role text, content text, selected_text text, sources text, created_at timestamptz)
    ON CONFLICT (id) DO NOTHING;
    INSERT INTO glossator.message_details (message_id, citations, mode, interrupted, request_id)
    SELECT m.id, m.citations, m.mode, m.interrupted, m.request_id
    FROM jsonb_to_recordset(messages)
        AS m (id text, citations jsonb, mode text, interrupted boolean, request_id text)
    WHERE m.mode IS NOT NULL OR m.citations IS NOT NULL OR m.interrupted
    ON CONFLICT (message_id) DO NOTHING;
    RETURN true;
END
$$;

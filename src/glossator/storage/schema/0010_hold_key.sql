-- Both change which key is in force, or keep it from being changed until their transaction ends: whoever writes sealed
-- or plain fields holds the key, so that a change waits for what was sealed before it, and nothing is sealed after it.
-- Functions, because a statement sees only what was committed before it began, even if it waited for a lock.

-- Raises unless this key is in force, NULL standing for no key. The first key to be held is put in force.
CREATE FUNCTION glossator.hold_key(held text, proof text) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    in_force text;
BEGIN
    LOCK TABLE glossator.encryption IN ROW SHARE MODE;
    SELECT key_id INTO in_force FROM glossator.encryption;
    IF in_force IS NULL AND held IS NOT NULL THEN
        INSERT INTO glossator.encryption (key_id, check_value) VALUES (held, proof) ON CONFLICT (id) DO NOTHING;
        SELECT key_id INTO in_force FROM glossator.encryption;
    END IF;
    IF in_force IS DISTINCT FROM held THEN
        RAISE EXCEPTION 'another key is in force' USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    RETURN true;
END
$$;

-- Puts a key in force where there is none, or in place of the former one; the key that is in force then.
CREATE FUNCTION glossator.change_key(new_key text, proof text, former text) RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
    LOCK TABLE glossator.encryption IN EXCLUSIVE MODE;
    INSERT INTO glossator.encryption AS e (key_id, check_value) VALUES (new_key, proof)
    ON CONFLICT (id) DO UPDATE SET key_id = new_key, check_value = proof, since = now() WHERE e.key_id = former;
    RETURN (SELECT key_id FROM glossator.encryption);
END
$$;

-- What is counted against each cap in billionths of a US dollar: what was spent, and all open leases. The key is an HMAC
-- of a network or an account, or empty for caps of the whole site. A period is the first day of a day or a month of UTC.
CREATE TABLE glossator.budget_counts (
    cap text NOT NULL,
    key bytea NOT NULL,
    period date NOT NULL,
    counted bigint NOT NULL,
    PRIMARY KEY (period, cap, key)
);

CREATE TABLE glossator.budget_usage (
    day date NOT NULL,
    kind text NOT NULL,
    count bigint NOT NULL,
    prompt_tokens bigint NOT NULL,
    completion_tokens bigint NOT NULL,
    embedding_tokens bigint NOT NULL,
    nanos bigint NOT NULL,
    PRIMARY KEY (day, kind)
);

-- In the order of the arrays, which is the same in every process, so that no two wait for each other's rows.
CREATE FUNCTION glossator.draw_leases(
    caps text[], keys bytea[], periods date[], amounts bigint[], needs bigint[], wants bigint[]
) RETURNS TABLE (granted bigint, remaining bigint)
LANGUAGE plpgsql AS $$
BEGIN
    FOR i IN 1 .. cardinality(caps) LOOP
        INSERT INTO glossator.budget_counts VALUES (caps[i], keys[i], periods[i], 0) ON CONFLICT DO NOTHING;
        SELECT amounts[i] - b.counted INTO remaining FROM glossator.budget_counts b
        WHERE b.cap = caps[i] AND b.key = keys[i] AND b.period = periods[i] FOR UPDATE;
        granted := CASE WHEN needs[i] > remaining THEN 0 ELSE greatest(0, least(wants[i], remaining)) END;
        UPDATE glossator.budget_counts b SET counted = b.counted + granted
        WHERE granted > 0 AND b.cap = caps[i] AND b.key = keys[i] AND b.period = periods[i];
        remaining := remaining - granted;
        RETURN NEXT;
    END LOOP;
END
$$;

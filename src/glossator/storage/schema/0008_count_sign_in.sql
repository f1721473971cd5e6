-- Counts a try to sign in as a failure, unless too many failed already; `failure` is the row that stands for it, or null.
-- Tries of one e-mail wait for each other, so that of many at the same moment exactly as many pass as may.
CREATE FUNCTION glossator.count_sign_in(
    of_email bytea, of_network bytea, since timestamptz, most_of_pair integer, most_of_email integer
) RETURNS TABLE (failure bigint, pair bigint, email bigint, oldest timestamptz, known boolean)
LANGUAGE plpgsql AS $$
BEGIN
    -- Locked rows are skipped, or two that sweep at once could wait for each other for ever.
    DELETE FROM glossator.sign_in_failures WHERE id IN (
        SELECT f.id FROM glossator.sign_in_failures f WHERE f.failed_at < now() - interval '1 day'
        ORDER BY f.failed_at LIMIT 100 FOR UPDATE SKIP LOCKED
    );
    PERFORM pg_advisory_xact_lock(hashtextextended(encode(of_email, 'hex'), 0));
    SELECT count(*) FILTER (WHERE f.network_key = of_network), count(*),
        min(f.failed_at) FILTER (WHERE f.network_key = of_network)
    INTO pair, email, oldest
    FROM glossator.sign_in_failures f WHERE f.email_key = of_email AND f.failed_at >= since;
    known := EXISTS (
        SELECT FROM glossator.known_networks n
        WHERE n.email_key = of_email AND n.network_key = of_network AND n.seen_at > now() - interval '30 days'
    );
    IF pair < most_of_pair AND (email < most_of_email OR known) THEN
        INSERT INTO glossator.sign_in_failures (email_key, network_key) VALUES (of_email, of_network)
        RETURNING id INTO failure;
    END IF;
    RETURN NEXT;
END
$$;

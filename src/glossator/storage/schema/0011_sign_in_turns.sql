-- Whoever counts, forgives or forgets failures of one e-mail takes turns from the first statement on, so that no two
-- wait for each other's rows. Rows that another one holds are skipped when old ones go.
-- Their keys were made of the e-mail itself before, which no row of today finds.
DELETE FROM glossator.sign_in_failures;
DELETE FROM glossator.known_networks;

CREATE FUNCTION glossator.take_turn(of_email bytea) RETURNS void
LANGUAGE sql AS $$ SELECT pg_advisory_xact_lock(hashtextextended(encode(of_email, 'hex'), 0)) $$;

CREATE OR REPLACE FUNCTION glossator.count_sign_in(
    of_email bytea, of_network bytea, since timestamptz, most_of_pair integer, most_of_email integer
) RETURNS TABLE (failure bigint, pair bigint, email bigint, oldest timestamptz, known boolean)
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM glossator.take_turn(of_email);
    DELETE FROM glossator.sign_in_failures WHERE id IN (
        SELECT f.id FROM glossator.sign_in_failures f WHERE f.failed_at < now() - interval '1 day'
        ORDER BY f.failed_at LIMIT 100 FOR UPDATE SKIP LOCKED
    );
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

CREATE FUNCTION glossator.forgive_sign_ins(of_email bytea, of_network bytea) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM glossator.take_turn(of_email);
    DELETE FROM glossator.sign_in_failures f WHERE f.email_key = of_email AND f.network_key = of_network;
    DELETE FROM glossator.known_networks WHERE (email_key, network_key) IN (
        SELECT n.email_key, n.network_key FROM glossator.known_networks n
        WHERE n.seen_at < now() - interval '30 days' AND (n.email_key, n.network_key) <> (of_email, of_network)
        ORDER BY n.seen_at LIMIT 100 FOR UPDATE SKIP LOCKED
    );
    INSERT INTO glossator.known_networks (email_key, network_key) VALUES (of_email, of_network)
    ON CONFLICT (email_key, network_key) DO UPDATE SET seen_at = now();
END
$$;

CREATE FUNCTION glossator.forget_sign_ins(of_email bytea) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM glossator.take_turn(of_email);
    DELETE FROM glossator.sign_in_failures f WHERE f.email_key = of_email;
    DELETE FROM glossator.known_networks n WHERE n.email_key = of_email;
END
$$;

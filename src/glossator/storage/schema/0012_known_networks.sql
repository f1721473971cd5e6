-- An e-mail knows at most five networks: those that signed in to it last.
CREATE OR REPLACE FUNCTION glossator.forgive_sign_ins(of_email bytea, of_network bytea) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM glossator.take_turn(of_email);
    DELETE FROM glossator.sign_in_failures f WHERE f.email_key = of_email AND f.network_key = of_network;
    INSERT INTO glossator.known_networks (email_key, network_key, seen_at)
    VALUES (of_email, of_network, clock_timestamp())
    ON CONFLICT (email_key, network_key) DO UPDATE SET seen_at = excluded.seen_at;
    DELETE FROM glossator.known_networks WHERE (email_key, network_key) IN (
        SELECT n.email_key, n.network_key FROM glossator.known_networks n
        WHERE n.email_key = of_email ORDER BY n.seen_at DESC OFFSET 5
    );
    DELETE FROM glossator.known_networks WHERE (email_key, network_key) IN (
        SELECT n.email_key, n.network_key FROM glossator.known_networks n
        WHERE n.seen_at < now() - interval '30 days' ORDER BY n.seen_at LIMIT 100 FOR UPDATE SKIP LOCKED
    );
END
$$;

-- New results that a client network caused on a day of UTC; the key is an HMAC of the network.
CREATE TABLE glossator.rewriting_shares (
    day date NOT NULL,
    network_key bytea NOT NULL,
    taken integer NOT NULL,
    PRIMARY KEY (day, network_key)
);

-- Translations and adjusted texts under a hash of what they follow from: no reader, no address, not even the source.
CREATE TABLE glossator.rewritings (
    key bytea PRIMARY KEY,
    result text NOT NULL,
    size integer NOT NULL,
    pinned boolean NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    used_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX rewritings_used_at ON glossator.rewritings (used_at) WHERE NOT pinned;

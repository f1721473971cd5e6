-- At most one row: there is none while no field is encrypted. `check_value` is a sealed text that only this key opens.
CREATE TABLE glossator.encryption (
    id integer PRIMARY KEY DEFAULT 1 CHECK (id = 1),
    key_id text NOT NULL,
    check_value text NOT NULL,
    since timestamptz NOT NULL DEFAULT now()
);

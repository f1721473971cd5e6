CREATE SCHEMA IF NOT EXISTS glossator;

CREATE TABLE glossator.migrations (
    number integer PRIMARY KEY,
    name text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);

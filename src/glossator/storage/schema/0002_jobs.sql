CREATE TABLE glossator.jobs (
    id uuid PRIMARY KEY,
    state text NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed')),
    created_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    pages integer NOT NULL DEFAULT 0,
    total integer,
    embedded integer NOT NULL DEFAULT 0,
    result jsonb,
    reason text,
    detail text
);

-- One job at a time, whichever replica runs it.
CREATE UNIQUE INDEX jobs_running ON glossator.jobs ((true)) WHERE state IN ('queued', 'running');

-- What an entry was made with: pinned ones of a former version may go. A reader who sends one of our results again is
-- known by it, whatever the length, so the index is of hashes.
ALTER TABLE glossator.rewritings ADD COLUMN version text;
CREATE INDEX rewritings_result ON glossator.rewritings USING hash (result);

-- From here on only results of the book's own texts, and the operator's, are written down. Which of the former ones came
-- from a reader's own words nobody can tell, so they go; they cost again.
DELETE FROM glossator.rewritings WHERE NOT pinned;
-- What an entry was made with: pinned ones of a former version may go.
ALTER TABLE glossator.rewritings ADD COLUMN version text;
-- A reader who sends one of our results again is known by it; of hashes, since a result may be long.
CREATE INDEX rewritings_result ON glossator.rewritings USING hash (result);

-- The tenth version: which records of a segment had not come before, as schema/central/11.sql says.
-- The program before this one works beside it: what it takes in counts as new as a whole.

ALTER TABLE segment ADD COLUMN new_from bigint;

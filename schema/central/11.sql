-- The eleventh version: which records of a segment had not come before. A record may come in several
-- segments (the register's own, a copy that was carried); when it came is when it first did, also
-- when everything is derived again.

-- The first record of the segment that was new on its branch; NULL in what an earlier version took
-- in, and then all of it counts as new.
ALTER TABLE segment ADD COLUMN new_from INTEGER;

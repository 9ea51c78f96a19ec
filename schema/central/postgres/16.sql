-- Which program a register runs, as it announced it last. It is no projection and no record says
-- it, so it outlives a rebuild; what a restore takes away comes with the next announcement. Nothing
-- is known of journals that were announced before this version. A program before this one takes
-- announcements beside it and leaves the columns as they are.
ALTER TABLE journal
    ADD COLUMN program       text     -- NULL: nothing was announced, or no version
        CHECK (length(program) BETWEEN 1 AND 40),
    ADD COLUMN program_since bigint;  -- when this was first announced; NULL until something was

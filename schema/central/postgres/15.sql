-- Held with others by whoever projects a journal of a store, and alone by whoever changes how far
-- its journals count, so that nothing is kept that was read by other lengths. A program before this
-- one held a number instead, sees nobody who holds a row, and may not run beside this one. The
-- embedded store has one writer and needs no such table.
CREATE TABLE store_held (
    store bigint NOT NULL PRIMARY KEY
);

-- A projection: each line of a paid sale that came back, at whatever store. Its first columns
-- name the sale, so that all returns of one sale stand together; the later ones the return.
CREATE TABLE IF NOT EXISTS returned (
    sold_epoch BLOB NOT NULL, sold_seq INTEGER NOT NULL, sold_place INTEGER NOT NULL,
    store INTEGER NOT NULL, reg INTEGER NOT NULL, epoch BLOB NOT NULL, seq INTEGER NOT NULL,
    branch INTEGER NOT NULL, place INTEGER NOT NULL,
    quantity INTEGER NOT NULL,      -- above zero
    amount INTEGER NOT NULL,        -- what was given back before tax, above zero
    hash BLOB CHECK (length(hash) = 16),  -- of the sale's record, where its paper proved it
    PRIMARY KEY (sold_epoch, sold_seq, sold_place, store, reg, epoch, seq, branch, place)
) STRICT, WITHOUT ROWID;

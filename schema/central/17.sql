-- The seventeenth version: what strangers may cost is bounded, and known without reading everything.

-- Runs that wait for records before them, and how long they are unpacked.
CREATE INDEX segment_parked ON segment (store, reg, epoch, from_seq, to_seq, head, prev, raw_len)
    WHERE branch = -1;

-- The bytes of lines that were kept of a key while nobody vouched for it.
ALTER TABLE register_key ADD COLUMN kept_raw INTEGER NOT NULL DEFAULT 0;
UPDATE register_key SET kept_raw = coalesce(
    (SELECT sum(s.raw_len) FROM journal j
     JOIN segment s ON s.store = j.store AND s.reg = j.reg AND s.epoch = j.epoch
     WHERE j.store = register_key.store AND j.reg = register_key.reg
     AND j.public_key = register_key.public_key), 0)
    WHERE standing = 'provisional';

-- Whose a key is, asked by the key alone whenever one is enrolled or changed.
CREATE INDEX register_key_public ON register_key (public_key);

-- The seventeenth version: what strangers may cost is bounded, and known without reading everything.
-- An older program that still runs beside a newer one does not count what it keeps of a stranger's
-- key, and refuses nothing for it.

-- The bytes of lines that were kept of a key while nobody vouched for it.
ALTER TABLE register_key ADD COLUMN kept_raw bigint NOT NULL DEFAULT 0;
UPDATE register_key k SET kept_raw =
    (SELECT coalesce(sum(s.raw_len), 0) FROM journal j
     JOIN segment s ON s.store = j.store AND s.reg = j.reg AND s.epoch = j.epoch
     WHERE j.store = k.store AND j.reg = k.reg AND j.public_key = k.public_key)
    WHERE standing = 'provisional';

-- Whose a key is, asked by the key alone whenever one is enrolled or changed.
CREATE INDEX register_key_public ON register_key (public_key);

-- Until when somebody waits to hold the store alone. Whoever comes to hold it with others sees that
-- and gives way; an older program does not see it, and may keep others waiting as before.
ALTER TABLE store_held ADD COLUMN wanted_until timestamptz;

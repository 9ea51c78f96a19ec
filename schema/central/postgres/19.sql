-- What was out, since when. A recovery is counted from where central stood when a journal turned
-- from whole to behind, not from its first record years ago.
-- `out_since` is when an announcement last said that a journal is behind, `out_from` the first
-- record that was out then, `out_to` the one after the last that was announced since, and the
-- money takings less pay-outs at both places, at most 2 * 10^15 either way.
ALTER TABLE journal
    ADD COLUMN out_since bigint NOT NULL DEFAULT 0,
    ADD COLUMN out_from bigint NOT NULL DEFAULT 0,
    ADD COLUMN out_to bigint NOT NULL DEFAULT 0,
    ADD COLUMN out_money_from bigint NOT NULL DEFAULT 0,
    ADD COLUMN out_money_to bigint NOT NULL DEFAULT 0;
-- What is behind now is counted from here on.
UPDATE journal SET
    out_since = last_seen,
    out_from = coalesce((SELECT b.next_seq FROM branch b WHERE b.store = journal.store
         AND b.reg = journal.reg AND b.epoch = journal.epoch AND b.branch = 0), 0),
    out_to = CASE WHEN expected_next > 1099511627776 THEN 1099511627776 ELSE expected_next END,
    out_money_from = coalesce((SELECT
             CASE WHEN r.takings > 1000000000000000 THEN 1000000000000000
                  WHEN r.takings < -1000000000000000 THEN -1000000000000000
                  ELSE r.takings END
           - CASE WHEN r.payouts > 1000000000000000 THEN 1000000000000000
                  WHEN r.payouts < -1000000000000000 THEN -1000000000000000
                  ELSE r.payouts END
         FROM branch b JOIN record r ON r.store = b.store AND r.reg = b.reg AND r.epoch = b.epoch
              AND r.seq = b.next_seq - 1 AND r.hash = b.head
         WHERE b.store = journal.store AND b.reg = journal.reg AND b.epoch = journal.epoch
         AND b.branch = 0), 0),
    out_money_to =
             CASE WHEN expected_takings > 1000000000000000 THEN 1000000000000000
                  WHEN expected_takings < -1000000000000000 THEN -1000000000000000
                  ELSE expected_takings END
           - CASE WHEN expected_payouts > 1000000000000000 THEN 1000000000000000
                  WHEN expected_payouts < -1000000000000000 THEN -1000000000000000
                  ELSE expected_payouts END
WHERE reg <> 0 AND expected_next > coalesce((SELECT b.next_seq FROM branch b
      WHERE b.store = journal.store AND b.reg = journal.reg AND b.epoch = journal.epoch
      AND b.branch = 0), 0);

-- What a person decided of records that were announced and are not here; a projection of central's
-- own journals of decisions, which are register 0 of a store.
CREATE TABLE given_up (
    store   bigint NOT NULL,
    reg     int    NOT NULL,
    epoch   bigint NOT NULL,
    seq     bigint NOT NULL,
    branch  bigint NOT NULL,
    about   bigint NOT NULL,           -- epoch of the journal that lacks them
    next    bigint NOT NULL,           -- it was seen up to here
    at      bigint NOT NULL,           -- when that was decided
    settled int    NOT NULL,           -- 0: somebody else is asked first, and they are waited for
    PRIMARY KEY (store, reg, epoch, seq, branch, about)
);

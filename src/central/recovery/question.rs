//! The questions about the recovery, in SQL that both databases understand: sums are made where
//! the rows are, so that 117,500 registers come as one row a store.
//!
//! ```text
//!  journal + branch 0 + its last record ─▶ one row a register ─▶ one row a store
//!  register_key ─▶ registers that were enrolled and never announced anything
//! ```

/// One row a register of the stores that are asked for. What people decided at central is register
/// 0 and no register's.
macro_rules! registers {
    ($which:literal, $whose:literal) => {
        concat!(
            "WITH known AS (
             SELECT store, reg FROM register_key WHERE standing <> 'revoked' AND reg <> 0 ",
            $which,
            " UNION SELECT store, reg FROM journal WHERE reg <> 0 ",
            $which,
            "),
         here AS (
             SELECT j.store, j.reg, j.last_seen,
                    coalesce(b.next_seq, 0) AS received,
                    CASE WHEN j.expected_next > coalesce(b.next_seq, 0) THEN j.expected_next
                         ELSE coalesce(b.next_seq, 0) END AS expected,
                    coalesce(r.takings - r.payouts, 0) AS money,
                    CASE WHEN j.expected_next >= coalesce(b.next_seq, 0)
                         THEN j.expected_takings - j.expected_payouts
                         ELSE coalesce(r.takings - r.payouts, 0) END AS money_expected,
                    CASE WHEN j.expected_next > 0 AND j.expected_next = b.next_seq
                          AND (j.expected_takings <> coalesce(r.takings, 0)
                               OR j.expected_payouts <> coalesce(r.payouts, 0))
                         THEN 1 ELSE 0 END AS differs
             FROM journal j
             LEFT JOIN branch b ON b.store = j.store AND b.reg = j.reg AND b.epoch = j.epoch
                  AND b.branch = 0
             LEFT JOIN record r ON r.store = j.store AND r.reg = j.reg AND r.epoch = j.epoch
                  AND r.seq = b.next_seq - 1 AND r.hash = b.head
             WHERE j.reg <> 0 ",
            $whose,
            "),
         summed AS (
             SELECT store, reg, CAST(sum(received) AS bigint) AS received,
                    CAST(sum(expected) AS bigint) AS expected,
                    CAST(sum(money) AS bigint) AS money,
                    CAST(sum(money_expected) AS bigint) AS money_expected,
                    max(last_seen) AS heard, CAST(sum(differs) AS bigint) AS differs
             FROM here GROUP BY store, reg),
         provisional AS (
             SELECT DISTINCT store, reg FROM register_key WHERE standing = 'provisional'),
         one AS (
             SELECT k.store, k.reg, coalesce(s.received, 0) AS received,
                    coalesce(s.expected, 0) AS expected, coalesce(s.money, 0) AS money,
                    coalesce(s.money_expected, 0) AS money_expected,
                    coalesce(s.heard, 0) AS heard, coalesce(s.differs, 0) AS differs,
                    CASE WHEN p.reg IS NULL THEN 0 ELSE 1 END AS provisional
             FROM known k
             LEFT JOIN summed s ON s.store = k.store AND s.reg = k.reg
             LEFT JOIN provisional p ON p.store = k.store AND p.reg = k.reg) "
        )
    };
}

/// One row a store; silence begins before `$1`.
pub(in crate::central) const STORES: &str = concat!(
    registers!("", ""),
    "SELECT o.store, count(*),
            count(*) FILTER (WHERE heard = 0),
            count(*) FILTER (WHERE heard > 0 AND received >= expected),
            count(*) FILTER (WHERE received < expected AND heard >= $1),
            count(*) FILTER (WHERE received < expected AND heard < $1),
            CAST(sum(received) AS bigint), CAST(sum(expected) AS bigint),
            CAST(sum(money) AS bigint), CAST(sum(money_expected) AS bigint),
            max(heard), CAST(sum(differs) AS bigint), CAST(sum(provisional) AS bigint),
            coalesce(max(f.forked), 0), coalesce(max(f.behind), 0), coalesce(max(w.parked), 0)
     FROM one o
     LEFT JOIN (SELECT store, CAST(sum(CASE WHEN branch > 0 THEN next_seq - from_seq ELSE 0 END)
                                   AS bigint) AS forked,
                       CAST(sum(next_seq - projected) AS bigint) AS behind
                FROM branch WHERE reg <> 0 GROUP BY store) f ON f.store = o.store
     LEFT JOIN (SELECT store, CAST(sum(to_seq - from_seq + 1) AS bigint) AS parked
                FROM segment WHERE branch = -1 GROUP BY store) w ON w.store = o.store
     GROUP BY o.store ORDER BY o.store"
);

/// One row a register of the store `$1`, the furthest behind first.
pub(in crate::central) const REGISTERS: &str = concat!(
    registers!("AND store = $1", "AND j.store = $1"),
    "SELECT reg, received, expected, money, money_expected, heard
     FROM one ORDER BY received - expected, heard, reg"
);

/// What was found, by code and level, over all stores.
pub(in crate::central) const FOUND: &str = "SELECT code, level, count(*), count(DISTINCT store),
        CAST(sum(amount) AS bigint)
     FROM exception GROUP BY code, level ORDER BY code, level";

/// What journals of a store say of outages, as far as somebody vouched for their registers, in the
/// order of their places.
pub(in crate::central) const OUTAGES: &str = "SELECT o.line FROM outage_record o
     JOIN journal j ON j.store = o.store AND j.reg = o.reg AND j.epoch = o.epoch
     JOIN register_key k ON k.store = j.store AND k.reg = j.reg AND k.public_key = j.public_key
      AND k.standing <> 'provisional'
     WHERE o.store = $1 AND o.branch = 0 ORDER BY o.reg, o.epoch, o.seq";

//! The questions about the recovery, in SQL that both databases understand: sums are made where
//! the rows are, so that 117,500 registers come as one row a store.
//!
//! ```text
//!  journal + branch 0 + its last record ─▶ one row a journal: where it stands, what it lacks
//!    cut: as far as a journal of a revoked or ended key counts         given_up: decided as lost
//!  ─▶ one row a register ─▶ one row a store
//!  register_key ─▶ registers that were enrolled and never announced anything
//! ```
//!
//! A record is looked up by its place, one journal at a time (a question within the question, which
//! no planner turns into a join), and only where it matters: joined, PostgreSQL reads all records
//! there are, 29 million of them for the sake of 117,500.
//!
//! What a record says is never refused, and strangers may send records. So nothing is subtracted or
//! summed that could be too large for it: each amount is brought within bounds first, and amounts
//! are summed in two parts, whole millions and the rest.

/// An amount within `out::MONEY_MAX` either way; the test below compares the two.
macro_rules! within {
    ($amount:literal) => {
        concat!(
            "CASE WHEN ",
            $amount,
            " > 1000000000000000 THEN 1000000000000000 WHEN ",
            $amount,
            " < -1000000000000000 THEN -1000000000000000 ELSE ",
            $amount,
            " END"
        )
    };
}
pub(in crate::central) use within;

/// How far journals of keys count that were revoked, were changed for another one, or ended
/// (`revocation::Trust`, in one question for all).
macro_rules! cut {
    () => {
        "SELECT store, reg, epoch, min(length) AS length FROM (
             SELECT j.store, j.reg, j.epoch, coalesce(g.length, 0) AS length FROM revoked_key k
             JOIN journal j ON j.store = k.store AND j.reg = k.reg AND j.public_key = k.public_key
             LEFT JOIN good_length g ON g.store = k.store AND g.reg = k.reg
                  AND g.number = k.number AND g.epoch = j.epoch
             WHERE NOT EXISTS (SELECT 1 FROM revocation_step s WHERE s.store = k.store
                   AND s.reg = k.reg AND s.number = k.number AND s.step = 'refused')
             UNION ALL
             SELECT j.store, j.reg, j.epoch, 0 FROM register_key k
             JOIN journal j ON j.store = k.store AND j.reg = k.reg AND j.public_key = k.public_key
             WHERE k.standing = 'revoked'
             AND NOT EXISTS (SELECT 1 FROM revoked_key r WHERE r.store = k.store
                 AND r.reg = k.reg AND r.public_key = k.public_key)
             UNION ALL
             SELECT j.store, j.reg, j.epoch, e.length FROM journal_end e
             JOIN journal j ON j.store = e.store AND j.reg = e.reg AND j.epoch = e.epoch
                  AND j.public_key = e.public_key
             UNION ALL
             SELECT j.store, j.reg, j.epoch, coalesce(l.length, 0) FROM key_change c
             JOIN journal_end e ON e.store = c.store AND e.reg = c.reg AND e.epoch = c.epoch
                  AND e.public_key = c.old_key AND e.new_key = c.new_key
             JOIN journal j ON j.store = c.store AND j.reg = c.reg AND j.public_key = c.old_key
             LEFT JOIN key_change_length l ON l.store = c.store AND l.reg = c.reg
                  AND l.old_key = c.old_key AND l.epoch = c.epoch AND l.other = j.epoch
             WHERE NOT EXISTS (SELECT 1 FROM journal_end o JOIN key_change a
                   ON a.store = o.store AND a.reg = o.reg AND a.epoch = o.epoch
                   AND a.old_key = o.public_key AND a.new_key = o.new_key
                   WHERE o.store = j.store AND o.reg = j.reg AND o.epoch = j.epoch
                   AND o.public_key = j.public_key)
         ) AS lengths GROUP BY store, reg, epoch"
    };
}

/// Of the journal `h`: a person decided that what it lacks is lost, and nothing was heard of it
/// since. The decision is central's own, by a key that is enrolled for its own number.
macro_rules! is_given_up {
    () => {
        "EXISTS (SELECT 1 FROM given_up g
             JOIN journal o ON o.store = g.store AND o.reg = g.reg AND o.epoch = g.epoch
             JOIN register_key w ON w.store = o.store AND w.reg = o.reg
                  AND w.public_key = o.public_key AND w.standing = 'enrolled'
             WHERE g.store = h.store AND g.reg = 0 AND g.branch = 0 AND g.about = h.epoch
             AND g.settled = 1 AND g.next > h.here AND g.at >= h.last_seen
             AND NOT EXISTS (SELECT 1 FROM given_up l WHERE l.store = g.store AND l.reg = g.reg
                 AND l.epoch = g.epoch AND l.branch = g.branch AND l.about = g.about
                 AND l.settled = 0 AND l.seq > g.seq))"
    };
}

/// One row a register of the stores that are asked for. What people decided at central is register
/// 0 and no register's. `$since`: journals that are whole count if they turned behind since.
macro_rules! registers {
    ($which:literal, $whose:literal, $since:literal) => {
        concat!(
            "WITH known AS (
             SELECT store, reg FROM register_key WHERE standing <> 'revoked' AND reg <> 0 ",
            $which,
            " UNION SELECT store, reg FROM journal WHERE reg <> 0 ",
            $which,
            "),
         cut AS (",
            cut!(),
            "),
         held AS (
             SELECT j.store, j.reg, j.epoch, j.last_seen, j.out_since, j.out_from,
                    j.out_money_from, j.out_money_to,
                    CASE WHEN coalesce(k.standing, 'provisional') = 'provisional' THEN 0
                         ELSE 1 END AS vouched,
                    CASE WHEN k.standing = 'enrolled' AND c.length IS NULL THEN 1
                         ELSE 0 END AS own,
                    CASE WHEN c.length < coalesce(b.next_seq, 0) THEN c.length
                         ELSE coalesce(b.next_seq, 0) END AS here,
                    CASE WHEN c.length < j.out_to THEN c.length ELSE j.out_to END AS goal,
                    CASE WHEN c.length < j.out_to THEN 1 ELSE 0 END AS is_cut,
                    CASE WHEN j.expected_next > 0 AND j.expected_next = b.next_seq
                          AND coalesce(c.length, b.next_seq) >= b.next_seq
                         THEN coalesce((SELECT min(CASE WHEN r.takings = j.expected_takings
                                  AND r.payouts = j.expected_payouts THEN 0 ELSE 1 END)
                              FROM record r WHERE r.store = j.store AND r.reg = j.reg
                              AND r.epoch = j.epoch AND r.seq = b.next_seq - 1
                              AND r.hash = b.head), 1)
                         ELSE 0 END AS differs
             FROM journal j
             LEFT JOIN register_key k ON k.store = j.store AND k.reg = j.reg
                  AND k.public_key = j.public_key
             LEFT JOIN cut c ON c.store = j.store AND c.reg = j.reg AND c.epoch = j.epoch
             LEFT JOIN branch b ON b.store = j.store AND b.reg = j.reg AND b.epoch = j.epoch
                  AND b.branch = 0
             WHERE j.reg <> 0 ",
            $whose,
            "),
         placed AS MATERIALIZED (
             SELECT h.*,
                    CASE WHEN h.here < h.goal THEN h.here ELSE h.goal END AS reached,
                    CASE WHEN h.vouched = 0 OR h.here >= h.goal THEN 0
                         WHEN ",
            is_given_up!(),
            " THEN 2 ELSE 1 END AS lacks
             FROM held h),
         marked AS (
             SELECT p.*,
                    CASE WHEN p.vouched = 1 AND (p.lacks = 1 OR (p.reached > p.out_from
                          AND p.out_since >= ",
            $since,
            ")) THEN 1 ELSE 0 END AS counts
             FROM placed p),
         counted AS MATERIALIZED (
             SELECT m.*,
                    CASE WHEN m.counts = 1 THEN coalesce((SELECT (",
            within!("n.takings"),
            ") - (",
            within!("n.payouts"),
            ") FROM record n WHERE n.store = m.store AND n.reg = m.reg
                         AND n.epoch = m.epoch AND n.seq = m.reached - 1 AND n.branch = 0), 0)
                         - m.out_money_from ELSE 0 END AS here_money,
                    m.out_money_to - m.out_money_from AS goal_money
             FROM marked m),
         weighed AS (
             SELECT c.*,
                    CASE WHEN c.counts = 1 THEN c.reached - c.out_from ELSE 0 END AS received,
                    CASE WHEN c.counts = 0 THEN 0 WHEN c.lacks = 1 THEN c.goal - c.out_from
                         ELSE c.reached - c.out_from END AS expected,
                    CASE WHEN c.counts = 1 THEN c.here_money ELSE 0 END AS money,
                    CASE WHEN c.counts = 0 THEN 0
                         WHEN c.is_cut = 1 OR c.lacks = 2 THEN c.here_money
                         ELSE c.goal_money END AS money_expected
             FROM counted c),
         summed AS (
             SELECT store, reg,
                    sum(CASE WHEN vouched = 1 THEN here ELSE 0 END) AS records,
                    sum(CASE WHEN vouched = 0 THEN here ELSE 0 END) AS unvouched,
                    sum(received) AS received, sum(expected) AS expected,
                    sum(CASE WHEN lacks = 2 THEN goal - here ELSE 0 END) AS given_up,
                    sum(money / 1000000) AS money, sum(money % 1000000) AS money_rest,
                    sum(money_expected / 1000000) AS goal_money,
                    sum(money_expected % 1000000) AS goal_rest,
                    max(CASE WHEN own = 1 THEN last_seen ELSE 0 END) AS own_seen,
                    max(last_seen) AS any_seen,
                    sum(CASE WHEN vouched = 1 THEN differs ELSE 0 END) AS differs
             FROM weighed GROUP BY store, reg),
         trusted AS (
             SELECT store, reg, max(CASE WHEN standing = 'enrolled' THEN 1 ELSE 0 END) AS live,
                    max(CASE WHEN standing = 'provisional' THEN 1 ELSE 0 END) AS provisional
             FROM register_key GROUP BY store, reg),
         one AS (
             SELECT k.store, k.reg, coalesce(t.live, 0) AS live,
                    coalesce(t.provisional, 1) AS provisional,
                    coalesce(s.records, 0) AS records, coalesce(s.unvouched, 0) AS unvouched,
                    coalesce(s.received, 0) AS received, coalesce(s.expected, 0) AS expected,
                    coalesce(s.given_up, 0) AS given_up,
                    coalesce(s.money, 0) AS money, coalesce(s.money_rest, 0) AS money_rest,
                    coalesce(s.goal_money, 0) AS goal_money,
                    coalesce(s.goal_rest, 0) AS goal_rest,
                    CASE WHEN t.live = 1 THEN coalesce(s.own_seen, 0)
                         WHEN coalesce(t.provisional, 1) = 1 THEN coalesce(s.any_seen, 0)
                         ELSE 0 END AS heard,
                    coalesce(s.differs, 0) AS differs
             FROM known k
             LEFT JOIN summed s ON s.store = k.store AND s.reg = k.reg
             LEFT JOIN trusted t ON t.store = k.store AND t.reg = k.reg) "
        )
    };
}

/// One row a store; whole journals count if they turned behind since `$1`, or since an hour before
/// the oldest that is behind still did, whichever is later. Silence begins before `$2`. The last
/// column is since when they count.
pub(in crate::central) const STORES: &str = concat!(
    registers!(
        "",
        "",
        "(SELECT CASE WHEN min(q.out_since) - 3600000 > $1 THEN min(q.out_since) - 3600000
                 ELSE $1 END FROM placed q WHERE q.lacks = 1)"
    ),
    "SELECT o.store, count(*) FILTER (WHERE live = 1 OR provisional = 1),
            count(*) FILTER (WHERE live = 1 AND heard = 0),
            count(*) FILTER (WHERE live = 1 AND received >= expected AND heard >= $2),
            count(*) FILTER (WHERE live = 1 AND received < expected AND heard >= $2),
            count(*) FILTER (WHERE live = 1 AND received < expected AND heard < $2 AND heard > 0),
            count(*) FILTER (WHERE live = 1 AND received >= expected AND heard < $2 AND heard > 0),
            CAST(sum(records) AS bigint), CAST(sum(received) AS bigint),
            CAST(sum(expected) AS bigint), CAST(sum(given_up) AS bigint),
            CAST(sum(unvouched) AS bigint),
            CAST(sum(money) AS bigint), CAST(sum(money_rest) AS bigint),
            CAST(sum(goal_money) AS bigint), CAST(sum(goal_rest) AS bigint),
            CASE WHEN max(live) = 1 THEN max(CASE WHEN live = 1 THEN heard ELSE 0 END)
                 ELSE max(heard) END,
            CAST(sum(differs) AS bigint), count(*) FILTER (WHERE provisional = 1),
            coalesce(max(f.forked), 0), coalesce(max(f.behind), 0), coalesce(max(w.parked), 0),
            (SELECT CASE WHEN min(q.out_since) - 3600000 > $1 THEN min(q.out_since) - 3600000
                    ELSE $1 END FROM placed q WHERE q.lacks = 1)
     FROM one o
     LEFT JOIN (SELECT store, CAST(sum(CASE WHEN branch > 0 THEN next_seq - from_seq ELSE 0 END)
                                   AS bigint) AS forked,
                       CAST(sum(next_seq - projected) AS bigint) AS behind
                FROM branch WHERE reg <> 0 GROUP BY store) f ON f.store = o.store
     LEFT JOIN (SELECT store, CAST(sum(to_seq - from_seq + 1) AS bigint) AS parked
                FROM segment WHERE branch = -1 GROUP BY store) w ON w.store = o.store
     GROUP BY o.store ORDER BY o.store"
);

/// One row a register of the store `$1`, the furthest behind first; whole journals count if they
/// turned behind since `$2`.
pub(in crate::central) const REGISTERS: &str = concat!(
    registers!("AND store = $1", "AND j.store = $1", "$2"),
    "SELECT reg, live, provisional, CAST(records AS bigint), CAST(received AS bigint),
            CAST(expected AS bigint), CAST(given_up AS bigint), CAST(unvouched AS bigint),
            CAST(money AS bigint), CAST(money_rest AS bigint),
            CAST(goal_money AS bigint), CAST(goal_rest AS bigint), heard
     FROM one ORDER BY received - expected, heard, reg"
);

/// What was found, by code and level, over all stores.
pub(in crate::central) const FOUND: &str = concat!(
    "SELECT code, level, count(*), count(DISTINCT store),
            CAST(sum(amount / 1000000) AS bigint), CAST(sum(amount % 1000000) AS bigint)
     FROM (SELECT code, level, store, ",
    within!("amount"),
    " AS amount FROM exception) AS e GROUP BY code, level ORDER BY code, level"
);

/// What journals of a store say of outages, as far as somebody vouched for their registers, in the
/// order of their places.
pub(in crate::central) const OUTAGES: &str = "SELECT o.line FROM outage_record o
     JOIN journal j ON j.store = o.store AND j.reg = o.reg AND j.epoch = o.epoch
     JOIN register_key k ON k.store = j.store AND k.reg = j.reg AND k.public_key = j.public_key
      AND k.standing <> 'provisional'
     WHERE o.store = $1 AND o.branch = 0 ORDER BY o.reg, o.epoch, o.seq";

/// An amount that was summed in two parts: whole millions, and the rest.
pub(in crate::central) const fn whole(millions: i64, rest: i64) -> i64 {
    millions.saturating_mul(1_000_000).saturating_add(rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::central::recovery::out::MONEY_MAX;

    #[test]
    fn a_question_about_all_stores_looks_records_up_by_their_place_and_never_joins_them() {
        for sql in [STORES, REGISTERS] {
            assert!(sql.contains("FROM record") && !sql.contains("JOIN record"));
        }
    }

    #[test]
    fn the_questions_bring_amounts_within_the_bounds_of_announcements() {
        for sql in [STORES, REGISTERS, FOUND] {
            let bounds = sql.split(|one: char| !one.is_ascii_digit());
            let bounds = bounds.filter_map(|one| one.parse::<i64>().ok()).max();
            assert_eq!(bounds, Some(MONEY_MAX));
        }
        assert_eq!((whole(3, 5), whole(-3, -5)), (3_000_005, -3_000_005));
        assert_eq!((whole(i64::MAX, 5), whole(i64::MIN, -5)), (i64::MAX, i64::MIN));
    }
}

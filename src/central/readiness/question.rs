//! The question about readiness, in SQL that both databases understand.

/// One row a journal that came first, also of one that never looked, with what it announced of its
/// program and how far its key is trusted. What people decided at central is register 0 and no
/// register's.
pub(in crate::central) const ROWS: &str = "SELECT j.store, j.reg, j.epoch, j.last_seen,
            r.looked_at, r.score, r.not_ready, r.soon, r.practiced_at, r.practice_steps, r.pack,
            r.pack_at, j.program, j.program_since,
            CASE WHEN EXISTS (SELECT 1 FROM revoked_key v
                  WHERE v.store = j.store AND v.reg = j.reg AND v.public_key = j.public_key
                  AND NOT EXISTS (SELECT 1 FROM revocation_step s WHERE s.store = v.store
                   AND s.reg = v.reg AND s.number = v.number AND s.step = 'refused'))
                  THEN 'revoked'
                 WHEN k.standing = 'enrolled' AND EXISTS (SELECT 1 FROM key_change c
                  JOIN journal_end e ON e.store = c.store AND e.reg = c.reg
                   AND e.epoch = c.epoch AND e.public_key = c.old_key AND e.new_key = c.new_key
                  WHERE c.store = j.store AND c.reg = j.reg AND c.old_key = j.public_key)
                  THEN 'rotated'
                 ELSE coalesce(k.standing, 'provisional') END
     FROM journal j
     LEFT JOIN register_key k ON k.store = j.store AND k.reg = j.reg
          AND k.public_key = j.public_key
     LEFT JOIN readiness r ON r.store = j.store AND r.reg = j.reg AND r.epoch = j.epoch
          AND r.branch = 0
     WHERE j.reg <> 0 ORDER BY j.store, j.reg, j.first_seen";

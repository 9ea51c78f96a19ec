//! What to do at start, decided from what database, tape and anchor hold: one pure function, so
//! that every case stands in one table and is tested as one.
//!
//! ```text
//!  both forms of one record ─────────────────────────────▶ begin anew: a fork
//!  somebody knows of more records than can be found ─────▶ begin anew: records are lost
//!  the anchor names another end ─────────────────────────▶ begin anew: another copy went on
//!  others showed that they hold more, or another record ─▶ begin anew: the disk was put back
//!  its last record says that the key is another one ─────▶ begin anew: it is ended, and whole
//!  the key is another one ───────────────────────────────▶ begin anew: the old journal is whole
//!  its lines were put away already ──────────────────────▶ begin anew: as was begun before
//!  it was written on another machine ────────────────────▶ begin anew: the other may go on
//!  nothing anywhere ─────────────────────────────────────▶ begin the first journal
//!  database missing or damaged, all records found ───────▶ build it again
//!  database ends early, all records found ───────────────▶ append what is missing
//!  otherwise ────────────────────────────────────────────▶ go on; complete or rewrite the tape
//! ```
//!
//! A journal whose end is not certain is never continued: the same place would be given to two
//! different records, and nobody could tell later which sale is the real one.

use super::walk::Side;

/// What the database file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DbFile {
    /// There is none.
    Missing,
    /// SQLite opens it and finds its structure sound.
    Sound,
    /// SQLite can't open it, or finds its structure damaged.
    Broken,
}

/// What the anchor says of the joined journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AnchorSays {
    /// There is no anchor, or it is of the journal before.
    Nothing,
    /// It names a record that is there.
    Known {
        /// The place after it.
        next: u64,
    },
    /// It names a place further than the joined journal comes.
    More {
        /// The place after it.
        next: u64,
    },
    /// It names another record at its place.
    Other,
}

/// All a plan depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Evidence {
    /// The database file.
    pub(super) db_file: DbFile,
    /// Its records.
    pub(super) db: Side,
    /// The tape; none when there is no tape.
    pub(super) tape: Option<Side>,
    /// Records that database and tape together give.
    pub(super) joined: u64,
    /// Both hold a right record at one place, and not the same.
    pub(super) fork: bool,
    /// The anchor.
    pub(super) anchor: AnchorSays,
    /// What central or another register showed of it.
    pub(super) shown: AnchorSays,
    /// The journal was begun with another key than the one at hand.
    pub(super) other_key: bool,
    /// Its last record says that its key was followed by another one.
    pub(super) rotated: bool,
    /// Its lines lie among the journals that were given up.
    pub(super) put_away: bool,
    /// It was written on another machine.
    pub(super) other_machine: bool,
}

/// What to do with the tape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TapePlan {
    /// It holds everything.
    Keep,
    /// It ends early: the rest is written.
    Complete,
    /// A line in it is damaged: it is set aside and written again.
    Rewrite,
}

/// Why a journal is not continued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GiveUp {
    /// Two records at one place.
    Fork,
    /// Records are known to be missing.
    Lost {
        /// How many there were, as far as known.
        known: u64,
    },
    /// The anchor names another record.
    OtherEnd,
    /// Central or another register showed records of it that are not here.
    PutBack {
        /// How many there were, as far as known.
        known: u64,
    },
    /// Nothing can be read.
    Unreadable,
    /// The key is another one.
    OtherKey,
    /// The journal itself says that its key is another one from there on.
    Rotated,
    /// It was copied from another machine.
    OtherMachine,
    /// The start that gave it up was cut off before the next journal began.
    CutOff,
    /// Records of it were brought back from elsewhere, so that its end is not certain here.
    Recovered {
        /// How many; none where they are all of another branch.
        back: u64,
    },
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Plan {
    /// Begin this register's first journal.
    BeginFirst,
    /// Freeze the journal and begin a new one that names it.
    BeginAnew(GiveUp),
    /// Set the file aside and build it again from what was found.
    Rebuild(TapePlan),
    /// Append records from the tape.
    Append {
        /// The first.
        from: u64,
        /// What becomes of the tape.
        tape: TapePlan,
    },
    /// Go on.
    GoOn(TapePlan),
}

/// Decides.
pub(super) fn decide(evidence: &Evidence) -> Plan {
    let tape_side = evidence.tape.unwrap_or_default();
    let known_to_anchor = match evidence.anchor {
        AnchorSays::Known { next } | AnchorSays::More { next } => next,
        AnchorSays::Nothing | AnchorSays::Other => 0,
    };
    let known = evidence.db.end.max(tape_side.end).max(known_to_anchor);
    if evidence.fork {
        return Plan::BeginAnew(GiveUp::Fork);
    }
    if evidence.anchor == AnchorSays::Other {
        return Plan::BeginAnew(GiveUp::OtherEnd);
    }
    match evidence.shown {
        AnchorSays::More { next } => {
            return Plan::BeginAnew(GiveUp::PutBack { known: known.max(next) });
        }
        AnchorSays::Other => return Plan::BeginAnew(GiveUp::PutBack { known }),
        AnchorSays::Nothing | AnchorSays::Known { .. } => {}
    }
    if known > evidence.joined {
        return Plan::BeginAnew(GiveUp::Lost { known });
    }
    if evidence.joined == 0 && !evidence.put_away {
        let torn = evidence.db_file == DbFile::Broken || evidence.db.damaged || tape_side.damaged;
        return if torn { Plan::BeginAnew(GiveUp::Unreadable) } else { Plan::BeginFirst };
    }
    if evidence.rotated {
        return Plan::BeginAnew(GiveUp::Rotated);
    }
    if evidence.other_key {
        return Plan::BeginAnew(GiveUp::OtherKey);
    }
    if evidence.put_away {
        return Plan::BeginAnew(GiveUp::CutOff);
    }
    if evidence.other_machine {
        return Plan::BeginAnew(GiveUp::OtherMachine);
    }
    let tape = if tape_side.damaged {
        TapePlan::Rewrite
    } else if tape_side.good < evidence.joined {
        TapePlan::Complete
    } else {
        TapePlan::Keep
    };
    if evidence.db_file != DbFile::Sound || evidence.db.damaged {
        Plan::Rebuild(tape)
    } else if evidence.db.good < evidence.joined {
        Plan::Append { from: evidence.db.good, tape }
    } else {
        Plan::GoOn(tape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Database file and records, tape, joined, anchor: plan.
    type Case = (DbFile, Side, Option<Side>, u64, AnchorSays, Plan);

    fn side(good: u64, end: u64, damaged: bool) -> Side {
        Side { good, end, damaged }
    }

    #[test]
    fn every_case_of_the_table_has_its_plan() {
        use AnchorSays::{Known, More, Nothing, Other};
        use DbFile::{Broken, Missing, Sound};
        let whole = side(9, 9, false);
        let none = side(0, 0, false);
        let known = Known { next: 9 };
        let cases: &[Case] = &[
            (Sound, whole, Some(whole), 9, known, Plan::GoOn(TapePlan::Keep)),
            (Sound, whole, Some(whole), 9, Nothing, Plan::GoOn(TapePlan::Keep)),
            (
                Sound,
                whole,
                Some(side(8, 8, false)),
                9,
                Known { next: 8 },
                Plan::GoOn(TapePlan::Complete),
            ),
            (Sound, whole, None, 9, known, Plan::GoOn(TapePlan::Complete)),
            (Sound, whole, Some(side(3, 9, true)), 9, known, Plan::GoOn(TapePlan::Rewrite)),
            (
                Sound,
                side(5, 5, false),
                Some(whole),
                9,
                known,
                Plan::Append { from: 5, tape: TapePlan::Keep },
            ),
            (Sound, side(5, 9, true), Some(whole), 9, known, Plan::Rebuild(TapePlan::Keep)),
            (Broken, none, Some(whole), 9, known, Plan::Rebuild(TapePlan::Keep)),
            (Broken, whole, Some(whole), 9, known, Plan::Rebuild(TapePlan::Keep)),
            (Missing, none, Some(whole), 9, known, Plan::Rebuild(TapePlan::Keep)),
            (Missing, none, Some(whole), 9, Nothing, Plan::Rebuild(TapePlan::Keep)),
            (Missing, none, None, 0, Nothing, Plan::BeginFirst),
            (Sound, none, None, 0, Nothing, Plan::BeginFirst),
            (Missing, none, None, 0, More { next: 9 }, Plan::BeginAnew(GiveUp::Lost { known: 9 })),
            (
                Sound,
                side(5, 5, false),
                Some(side(7, 7, false)),
                7,
                More { next: 9 },
                Plan::BeginAnew(GiveUp::Lost { known: 9 }),
            ),
            (
                Sound,
                side(5, 9, true),
                Some(side(5, 5, false)),
                5,
                Nothing,
                Plan::BeginAnew(GiveUp::Lost { known: 9 }),
            ),
            (Sound, whole, Some(whole), 9, Other, Plan::BeginAnew(GiveUp::OtherEnd)),
            (Broken, none, None, 0, Nothing, Plan::BeginAnew(GiveUp::Unreadable)),
            (Sound, side(0, 0, true), Some(none), 0, Nothing, Plan::BeginAnew(GiveUp::Unreadable)),
            (Sound, none, Some(side(0, 0, true)), 0, Nothing, Plan::BeginAnew(GiveUp::Unreadable)),
        ];
        for (db_file, db, tape, joined, anchor, plan) in cases {
            let evidence = Evidence {
                db_file: *db_file,
                db: *db,
                tape: *tape,
                joined: *joined,
                fork: false,
                anchor: *anchor,
                shown: Nothing,
                other_key: false,
                rotated: false,
                put_away: false,
                other_machine: false,
            };
            assert_eq!(decide(&evidence), *plan, "{evidence:?}");
            // What others showed counts for any journal that is not a fork already.
            for shown in [More { next: 12 }, Other] {
                let put_back = Evidence { shown, ..evidence };
                let known = if shown == Other { 9 } else { 12 };
                let Plan::BeginAnew(why) = decide(&put_back) else { panic!("{put_back:?}") };
                let as_before = *plan == Plan::BeginAnew(GiveUp::OtherEnd);
                assert!(
                    matches!(why, GiveUp::PutBack { known: most } if most <= known) || as_before,
                    "{put_back:?}"
                );
            }
            let heard = Evidence { shown: Known { next: 4 }, ..evidence };
            assert_eq!(decide(&heard), *plan, "what is here as well says nothing new");
            // Nor is one whose lines were put away, whatever else is there.
            let put_away = Evidence { put_away: true, ..evidence };
            let given_up = match plan {
                Plan::BeginAnew(why) if *why != GiveUp::Unreadable => *why,
                _ => GiveUp::CutOff,
            };
            assert_eq!(decide(&put_away), Plan::BeginAnew(given_up), "{evidence:?}");
            // An ended journal is never gone on with, whichever key is at hand.
            if !matches!(plan, Plan::BeginFirst | Plan::BeginAnew(_)) {
                for other_key in [false, true] {
                    let ended = Evidence { rotated: true, other_key, ..evidence };
                    assert_eq!(decide(&ended), Plan::BeginAnew(GiveUp::Rotated));
                }
            }
            let fork = Evidence { fork: true, ..evidence };
            assert_eq!(decide(&fork), Plan::BeginAnew(GiveUp::Fork));
            // Another key gives a journal up that would be gone on with; nothing else changes.
            let other_key = Evidence { other_key: true, ..evidence };
            let given_up = match plan {
                Plan::Rebuild(_) | Plan::Append { .. } | Plan::GoOn(_) => {
                    Plan::BeginAnew(GiveUp::OtherKey)
                }
                plan => *plan,
            };
            assert_eq!(decide(&other_key), given_up, "{evidence:?}");
            // And so does another machine, where the key is the same.
            let moved = Evidence { other_machine: true, ..evidence };
            let given_up = match plan {
                Plan::Rebuild(_) | Plan::Append { .. } | Plan::GoOn(_) => {
                    Plan::BeginAnew(GiveUp::OtherMachine)
                }
                plan => *plan,
            };
            assert_eq!(decide(&moved), given_up, "{evidence:?}");
        }
    }
}

//! What a thief, an insider or a failing disk may do to records, and what comes of each: one row an
//! attack, each with the tests that play it. The page docs/attacks.md is written from this table.

#[cfg(feature = "central")]
mod central;
mod journal;

use std::fmt::Write as _;
use std::path::Path;

/// One attack.
struct Attack {
    number: u8,
    altered: &'static str,
    outcome: &'static str,
    played: Played,
}

enum Played {
    /// By these tests.
    By(&'static [&'static str]),
    /// Not at all, because the format has no such thing.
    NoSuchThing,
}

use Played::{By, NoSuchThing};

const fn attack(
    number: u8,
    altered: &'static str,
    outcome: &'static str,
    played: Played,
) -> Attack {
    Attack { number, altered, outcome, played }
}

const ATTACKS: [Attack; 58] = [
    attack(
        1,
        "any single bit of any record",
        "found at that record: `signature`, or `malformed`; by the chain alone at the next one: \
         `chain`",
        By(&[
            "it::journal::every_single_flipped_bit_is_found_at_its_record",
            "it::journal::every_flipped_bit_breaks_the_chain_at_the_next_record",
        ]),
    ),
    attack(
        2,
        "a record in the middle taken out",
        "`gap` at its place; central keeps the rest waiting and says `gap`",
        By(&[
            "it::journal::every_deleted_record_is_found",
            "it::central::carried::an_exported_file_with_changed_lines_gives_up_only_those",
        ]),
    ),
    attack(
        3,
        "the same, and every later one renumbered and chained anew",
        "`signature` at the first and each later one: the place is signed",
        By(&["it::attacks::journal::a_gap_that_was_closed_by_renumbering_shows_by_the_signature"]),
    ),
    attack(
        4,
        "two records swapped",
        "`gap` where the first belongs, `order` after; central puts them in order",
        By(&[
            "it::journal::swapped_records_are_found_where_the_first_of_them_belongs",
            "it::central::the_same_records_three_times_out_of_order_by_http_and_as_files_at_once_are_created_once",
        ]),
    ),
    attack(
        5,
        "a record repeated",
        "`order` at its place; at central once",
        By(&["it::journal::a_repeated_record_is_found"]),
    ),
    attack(
        6,
        "the end cut off, after an acknowledgement, a peer's copy, an anchor or a checkpoint",
        "`tail`, with both sizes; the register says it at its next start, central when it hears of \
         it",
        By(&[
            "it::journal::a_cut_tail_shows_against_a_known_head",
            "it::central::a_register_restored_from_an_older_copy_learns_that_central_is_ahead",
            "it::ledger::damage::the_last_records_cut_off_come_back_from_the_tape_in_plain_words",
        ]),
    ),
    attack(
        7,
        "the end cut off, and nothing but customers' receipts is left",
        "`tideover receipts` names each sale that is missing, as far as papers come back",
        By(&[
            "it::printer::witness::of_a_lost_journal_the_papers_tell_as_much_as_customers_bring_back",
        ]),
    ),
    attack(
        8,
        "the end cut off and sold anew with the same key",
        "`tail` against a checkpoint; at central `fork` from the first other record on, both \
         branches kept",
        By(&[
            "it::journal::an_end_written_anew_with_the_same_key_shows_against_a_known_head",
            "it::attacks::central::an_end_that_was_cut_and_sold_anew_is_a_fork_and_no_sale_is_lost",
        ]),
    ),
    attack(
        9,
        "two clones of a register sell at once and both send",
        "`fork`: both kept, reported, no sale lost, the second not in the totals",
        By(&["it::central::a_forked_journal_is_kept_on_both_branches_and_reported"]),
    ),
    attack(
        10,
        "yesterday's database put back, no central",
        "brought up to today from the tape; without one the journal is frozen, a new one names it, \
         and selling goes on",
        By(&[
            "it::ledger::damage::yesterdays_copy_of_a_closed_ledger_is_brought_up_to_today",
            "it::ledger::damage::without_a_tape_a_cut_journal_is_frozen_and_selling_goes_on_in_a_new_one",
        ]),
    ),
    attack(
        11,
        "a whole image put back, then the other registers are heard",
        "both branches at the peers and at central; a person is told",
        By(&[
            "it::ledger::damage::a_register_that_was_copied_and_sold_on_both_sides_is_a_fork",
            "it::peers::copy::a_fork_is_kept_on_both_branches_and_both_go_on",
        ]),
    ),
    attack(
        12,
        "one upload sent twice, a hundred times, at once",
        "the same position each time, posted once",
        By(&["it::attacks::central::the_same_upload_a_hundred_times_is_posted_once"]),
    ),
    attack(
        13,
        "an older answer of central played again",
        "records are sent once more and found there; nothing is doubled or forgotten",
        By(&["it::attacks::central::an_old_answer_played_again_costs_a_repetition_and_no_record"]),
    ),
    attack(
        14,
        "two uploads at the same moment, one longer",
        "the longer one's end holds, whichever was first",
        By(&[
            "it::attacks::central::of_two_uploads_at_once_the_longer_one_is_the_end_and_it_never_shrinks",
        ]),
    ),
    attack(
        15,
        "a record of register A in the journal of B",
        "`foreign` at its place; a segment with it is refused whole, in a file it goes to its own \
         journal",
        By(&[
            "it::journal::a_record_of_another_register_is_found",
            "it::attacks::central::a_foreign_record_in_a_segment_is_refused_and_in_a_file_goes_to_its_own_journal",
        ]),
    ),
    attack(
        16,
        "A's end chained onto B's journal, signed with A's key",
        "`signature` at each; central names each line and keeps none",
        By(&[
            "it::attacks::journal::another_registers_end_chained_on_with_its_own_key_is_not_taken",
            "it::attacks::central::records_in_another_registers_name_are_named_line_by_line_and_not_kept",
        ]),
    ),
    attack(
        17,
        "one key enrolled for two registers",
        "refused, naming the register that has it; the code stays good",
        By(&["it::attacks::central::a_key_belongs_to_one_register"]),
    ),
    attack(
        18,
        "a record signed by another key of the same register",
        "`signature`: a journal has one key, from its first record to its last",
        By(&[
            "it::attacks::journal::a_journal_goes_on_under_its_first_key_alone",
            "it::central::a_journal_of_an_earlier_key_is_verified_by_the_key_it_began_with",
        ]),
    ),
    attack(
        19,
        "a key's rotation in the middle of a journal, unaccepted or by another key",
        "`after_rotation` at each record behind it; a new key begins a new journal. At central what \
         the old key signs on counts for nothing (`after_rotation`, critical), in that journal or \
         another; it ends no journal but the one that central was asked about by both keys",
        By(&[
            "it::attacks::journal::a_rotation_ends_its_journal_and_whatever_follows_is_found",
            "it::rotation::stolen::what_is_appended_to_the_old_journal_after_its_end_is_found_and_counts_for_nothing",
            "it::rotation::stolen::another_journal_of_the_old_key_counts_as_far_as_it_was_here_when_central_was_asked",
            "it::rotation::stolen::an_end_in_a_journal_that_central_was_not_asked_about_ends_no_other",
            "it::rotation::stolen::an_end_of_its_own_has_a_thiefs_journal_count_no_further_than_it_was_here",
            "it::rotation::stolen::an_ended_key_brings_no_journal_under_a_key_that_nobody_vouched_for",
            "it::rotation::asked::every_question_that_is_not_both_keys_word_about_this_register_is_refused_with_its_reason",
        ]),
    ),
    attack(
        20,
        "records after a key was revoked",
        "kept and verified, in no total and handed to nobody; `revoked_key` (critical) once a \
         journal, decided before any closure",
        By(&[
            "it::attacks::central::what_a_revoked_key_brings_is_kept_as_evidence_and_said_whatever_its_clock_says",
            "it::hand_over::lifted::what_a_revoked_key_signed_beyond_its_length_is_handed_to_nobody",
        ]),
    ),
    attack(
        21,
        "the same, back-dated, or counted before the theft was noticed",
        "the same from the journal's good length on, whatever the clock says and in whatever \
         order they came",
        By(&[
            "it::attacks::central::what_a_revoked_key_brings_is_kept_as_evidence_and_said_whatever_its_clock_says",
            "it::attacks::central::a_key_may_be_revoked_from_before_what_was_counted_already",
            "it::revocation::a_closure_stays_as_it_was_signed_and_the_next_one_takes_back_what_it_counted",
        ]),
    ),
    attack(
        22,
        "signed records replaced by unsigned ones",
        "`unsigned` at each, and `chain` at the next signed one where its text was changed; at \
         central an exception",
        By(&[
            "it::attacks::journal::an_unsigned_stretch_is_named_and_vouched_for_by_the_next_signed_record_alone",
            "it::journal::a_changed_unsigned_record_is_betrayed_by_the_next_one",
        ]),
    ),
    attack(
        23,
        "the place of the signature: other lengths, other alphabets, zeros",
        "`malformed`; 64 zero bytes are `signature`",
        By(&[
            "it::attacks::journal::the_place_of_a_signature_holds_a_hyphen_or_one_spelling_of_a_signature",
        ]),
    ),
    attack(
        24,
        "a record that names the wrong unsigned range",
        "no record claims a range: each unsigned one bears its hyphen",
        NoSuchThing,
    ),
    attack(
        25,
        "the group's order added to a signature's S",
        "`signature`",
        By(&["it::attacks::journal::a_second_signature_made_by_adding_the_groups_order_is_wrong"]),
    ),
    attack(
        26,
        "keys of small order in every spelling, y at the prime and above",
        "no key: refused in a journal's first record (`key`) and at every way into central, 403",
        By(&[
            "it::attacks::journal::a_key_that_anybody_can_sign_for_opens_no_journal",
            "it::attacks::central::weak_keys_are_refused_at_every_way_in",
        ]),
    ),
    attack(
        27,
        "a signature whose R holds a point of small order",
        "`signature`; no library that checks batches is linked",
        By(&["it::attacks::journal::a_signature_with_a_point_of_small_order_in_it_is_wrong"]),
    ),
    attack(
        28,
        "a signature of one purpose shown for another",
        "wrong, for each of the 24 purposes",
        By(&["it::attacks::journal::a_signature_of_one_purpose_is_none_of_another"]),
    ),
    attack(
        29,
        "an acknowledgement signed by a key that may not",
        "not heard; nothing counts as sent",
        By(&[
            "it::attacks::central::an_answer_by_another_key_or_about_another_journal_is_not_heard",
        ]),
    ),
    attack(
        30,
        "an acknowledgement of the right count and another head",
        "kept as none; the register says that journal and central disagree",
        By(&[
            "it::attacks::central::an_acknowledgement_of_other_records_than_ours_is_no_acknowledgement",
        ]),
    ),
    attack(
        31,
        "an acknowledgement of more records than there are",
        "the same",
        By(&[
            "it::attacks::central::an_acknowledgement_of_other_records_than_ours_is_no_acknowledgement",
        ]),
    ),
    attack(
        32,
        "an answer by an unknown key, or with a broken signature",
        "not central: nothing was sent or lost",
        By(&[
            "it::attacks::central::an_answer_by_another_key_or_about_another_journal_is_not_heard",
            "it::sync::a_captive_portal_is_not_central",
        ]),
    ),
    attack(
        33,
        "second spellings of JSON and of UTF-8, duplicate fields, other numbers, rightly signed",
        "`malformed` at the record; central keeps the bytes, says so, and chains on",
        By(&[
            "it::attacks::journal::every_second_spelling_is_no_record_however_well_it_is_signed",
            "it::attacks::central::odd_spellings_that_are_rightly_signed_are_kept_byte_for_byte_and_said",
        ]),
    ),
    attack(
        34,
        "lengths: 256 KiB and more, 4 GiB announced, nesting of 100,000, numbers of 200,000 digits",
        "refused by length before anything is read or unpacked",
        By(&[
            "it::attacks::journal::what_is_too_long_too_deep_or_too_large_is_refused_before_it_is_read",
            "it::central::nothing_that_is_broken_is_stored_or_takes_central_down",
        ]),
    ),
    attack(
        35,
        "a frame's header: fields twice, unknown packing or protocol, other names",
        "refused in words, nothing stored; an unknown kind or version of a record is kept and said",
        By(&[
            "it::attacks::central::a_segments_header_that_says_a_thing_twice_or_too_much_is_refused_in_words",
            "it::journal::a_kind_of_a_later_version_is_named_and_the_chain_goes_on",
        ]),
    ),
    attack(
        36,
        "lifetime totals that fall, jump or don't follow; numbers beyond 64 bits",
        "`lifetime` or `malformed`; a register writes no record whose totals don't fit",
        By(&[
            "it::attacks::journal::lifetime_totals_that_fall_jump_or_burst_are_found",
            "it::journal::what_no_register_can_write_is_no_record",
        ]),
    ),
    attack(
        37,
        "training passed off as sales, or sales as training",
        "training has a journal of its own, which no line connects to central; papers say so on \
         every line",
        By(&[
            "it::training::training_begins_and_ends_in_the_window_and_the_real_journal_stays_as_it_is",
        ]),
    ),
    attack(
        38,
        "a place of 2^63, 2^64-1, -1",
        "`malformed`",
        By(&["it::attacks::journal::a_place_beyond_every_number_is_no_place"]),
    ),
    attack(
        39,
        "the clock set back an hour, to 1970, ahead, across a change",
        "sells; a jump is a record, order is by place",
        By(&[
            "it::register::a_clock_that_jumps_is_noted_and_stops_nothing",
            "domain::time::tests::the_hour_that_a_clock_change_repeats_stays_two_hours",
        ]),
    ),
    attack(
        40,
        "a sale voided twice, a void of a void, more back than was sold",
        "kept, `returned_twice` (held); a void of a void is not made",
        By(&[
            "it::attacks::central::a_sale_taken_back_twice_or_of_nowhere_stands_and_is_held_for_a_person",
        ]),
    ),
    attack(
        41,
        "sealed data moved to another record, changed by a bit, sealed to another key",
        "does not open",
        By(&[
            "central::seal_key::tests::what_a_register_seals_central_alone_opens_and_only_with_its_commitment",
            "it::check::carried::who_opens_a_check_is_on_record_and_another_key_opens_nothing",
        ]),
    ),
    attack(
        42,
        "sealed data destroyed, then other data put in its place",
        "the journal verifies as before; other data does not fit the commitment; at central the \
         name that was destroyed is never taken again",
        By(&[
            "it::check::sealed_data_can_be_destroyed_and_every_hash_still_verifies",
            "it::check::destroyed::what_had_its_days_is_in_no_file_and_whoever_sends_it_again_is_told_that_it_is_held",
        ]),
    ),
    attack(
        43,
        "a commitment tried against every account",
        "no hit: it is salted, and the salt is sealed",
        By(&["it::check::a_commitment_is_not_the_account_under_another_name"]),
    ),
    attack(
        44,
        "every file of a register searched for an account number",
        "none, before and after it is destroyed",
        By(&[
            "it::check::the_treasury_opens_what_the_register_sealed_and_nobody_finds_it_on_the_register",
        ]),
    ),
    attack(
        45,
        "records changed by SQL, or in the file",
        "refused by the database; in the file found at the record and restored",
        By(&[
            "it::ledger::guards::no_statement_changes_or_takes_away_a_record",
            "it::ledger::damage::a_bit_flipped_in_the_database_costs_no_sale",
        ]),
    ),
    attack(
        46,
        "ended or without power between any two steps of a sale",
        "there whole or not at all, never twice",
        By(&[
            "it::crash::points::ended_at_any_point_of_a_sale_the_next_start_says_whether_it_is_paid_and_does_nothing_twice",
            "it::ledger::kill::ended_at_any_point_the_sale_is_there_whole_or_not_at_all",
        ]),
    ),
    attack(
        47,
        "disk full, read-only, a page or the log gone",
        "no sale is said to be done that is not; in words",
        By(&[
            "it::ledger::limits::a_full_disk_says_so_and_holds_exactly_what_was_reported",
            "it::ledger::limits::a_read_only_disk_says_so",
        ]),
    ),
    attack(
        48,
        "a bundle with paths, links, pipes, devices, cut parts, parts of another store",
        "that part is not used, in words; a wrong manifest: nothing is",
        By(&[
            "it::hand_over::bundle::whatever_stands_in_place_of_a_plain_file_is_refused_in_words_and_at_once",
            "it::hand_over::bundle::a_manifest_that_was_changed_climbs_out_or_is_cut_off_brings_nothing",
        ]),
    ),
    attack(
        49,
        "proofs of inclusion or consistency with other hashes",
        "there are none: whoever verifies has the lines",
        NoSuchThing,
    ),
    attack(
        50,
        "a checkpoint with other line ends, numbers, base64, lines",
        "not a checkpoint; with other content: its signature is wrong",
        By(&[
            "it::attacks::journal::a_checkpoint_has_one_spelling_and_no_other_is_read",
            "it::attacks::journal::no_checkpoint_of_another_journal_or_of_more_records_passes_for_this_one",
        ]),
    ),
    attack(
        51,
        "a peer says it holds what it does not",
        "until it is asked to show a record it lacks; then it counts as no copy, the lamp falls and \
         a notice names it",
        By(&[
            "it::peers::liar::a_peer_that_kept_nothing_or_hashes_only_is_found_out_and_is_no_copy",
            "peer::proof::tests::a_proof_is_of_one_question_one_register_and_every_byte_of_the_record",
        ]),
    ),
    attack(
        52,
        "a peer brings foreign journals without end",
        "another store's are not kept; the copies end at 8 GiB, 512 journals, 8 branches of one",
        By(&[
            "it::peers::odd::a_stranger_is_told_nothing_and_nothing_of_it_is_kept",
            "it::peers::copy::what_was_altered_is_another_stores_or_not_vouched_for_is_not_kept",
        ]),
    ),
    attack(
        53,
        "central taken over by somebody without its key",
        "not heard; everything stays pending and is sent to the right one",
        By(&["it::attacks::central::an_enrolled_register_hears_no_other_central"]),
    ),
    attack(
        54,
        "a second program on the same database",
        "told so; it can look",
        By(&["it::ledger::limits::a_second_program_is_told_so_and_can_look"]),
    ),
    attack(
        55,
        "a newer database, an unknown kind of record",
        "left alone and readable; kept, verified, said (`schema_ahead`)",
        By(&[
            "it::ledger::limits::a_newer_ledger_is_left_alone_and_can_still_be_read",
            "it::central::what_a_record_says_is_never_a_reason_to_refuse_it",
        ]),
    ),
    attack(
        56,
        "prices changed in the middle of a shift",
        "each record bears its pack, a new pack is a record, a keyed price is marked and signed for",
        By(&[
            "it::pack::prices_never_go_back",
            "it::counter::a_price_is_changed_only_with_a_second_signature_and_both_names_are_kept",
        ]),
    ),
    attack(
        57,
        "random changes of everything that is read",
        "no panic, nothing changed is taken",
        By(&["it::attacks::journal::no_changed_journal_is_ever_clean", "it::fuzz::"]),
    ),
    attack(
        58,
        "changed journals before two verifiers, one written from the page alone",
        "the same verdict and root",
        By(&["it::vectors::another_verifier_comes_to_the_same_verdicts"]),
    ),
];

fn row(attack: &Attack) -> String {
    let short = |test: &&str| format!("`{test}`");
    let tests = match attack.played {
        By(tests) => tests.iter().map(short).collect::<Vec<_>>().join(", "),
        NoSuchThing => "no such thing".to_owned(),
    };
    format!("| {} | {} | {} | {tests} |\n", attack.number, attack.altered, attack.outcome)
}

/// The page's table is this file's; `UPDATE_ATTACKS=1` writes it anew.
#[test]
fn the_page_lists_every_attack_with_its_outcome_and_its_tests() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = root.join("docs/attacks.md");
    let page = std::fs::read_to_string(&path).expect("the page");
    let mut table = String::new();
    for attack in &ATTACKS {
        write!(table, "{}", row(attack)).expect("written");
    }
    let (head, rest) = page.split_once("|---|---|---|---|\n").expect("a table");
    let end = rest.find("\n\n").map_or(rest.len(), |end| end + 1);
    if std::env::var_os("UPDATE_ATTACKS").is_some() {
        let page = format!("{head}|---|---|---|---|\n{table}{}", &rest[end..]);
        return std::fs::write(&path, page).expect("written");
    }
    assert_eq!(&rest[..end], table, "UPDATE_ATTACKS=1 writes the table anew");
}

#[test]
fn every_number_has_one_row_and_every_test_that_is_named_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (place, attack) in (1..).zip(&ATTACKS) {
        assert_eq!(attack.number, place);
        let By(tests) = attack.played else { continue };
        for test in tests {
            let (module, name) = test.rsplit_once("::").expect("a path");
            let (folder, module) = match module.strip_prefix("it::") {
                Some(module) => ("tests/it", module),
                None if module == "it" => ("tests/it", ""),
                None => ("src", module),
            };
            let path = module.trim_end_matches("::tests").replace("::", "/");
            let beside = root.join(folder).join(format!("{path}.rs"));
            let within = root.join(folder).join(&path).join("mod.rs");
            let text = std::fs::read_to_string(&beside)
                .or_else(|_| std::fs::read_to_string(&within))
                .unwrap_or_else(|_| panic!("{test}: no file {}", beside.display()));
            let there = name.is_empty() || text.contains(&format!("fn {name}("));
            assert!(there, "{test} is not in {}", beside.display());
        }
    }
}

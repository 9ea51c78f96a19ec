//! The saved basket: found again, set aside, never believed when it was changed.

use super::super::sample::cash_sale;
use super::*;

fn begun() -> (tempfile::TempDir, Draft) {
    let folder = tempfile::tempdir().expect("a folder");
    let draft = Draft::of(&Place::in_one(folder.path()));
    (folder, draft)
}

fn basket(cents: i64) -> SavedBasket {
    SavedBasket { lines: cash_sale(1, cents).lines, ..SavedBasket::default() }
}

/// A basket whose record would have so many bytes more than one with an empty name.
fn long(more: usize) -> SavedBasket {
    let mut basket = basket(100);
    basket.lines[0].name = "x".repeat(more);
    basket
}

fn loaded(draft: &Draft) -> Option<(u64, SavedBasket)> {
    match draft.load().expect("read") {
        Loaded::Basket { sale, basket } => Some((sale.0, *basket)),
        Loaded::Nothing => None,
        Loaded::Damaged(_) => panic!("damaged"),
    }
}

#[test]
fn the_basket_that_was_saved_last_is_found_and_an_empty_one_is_none() {
    let (folder, draft) = begun();
    assert_eq!(loaded(&draft), None);
    draft.save(SaleNo(4), basket(100)).expect("saved");
    draft.save(SaleNo(4), basket(700)).expect("saved");
    assert_eq!(loaded(&draft), Some((4, basket(700))));
    assert_eq!(loaded(&draft), Some((4, basket(700))), "looking takes nothing away");
    draft.save(SaleNo(4), SavedBasket::default()).expect("saved");
    assert_eq!(loaded(&draft), None);
    assert!(!folder.path().join("draft").exists());
    draft.clear().expect("there is none to forget");
}

#[test]
fn ended_between_the_old_and_the_new_one_the_new_one_is_found_if_it_is_whole() {
    let (folder, draft) = begun();
    let (path, new) = (folder.path().join("draft"), folder.path().join("draft.new"));
    draft.save(SaleNo(4), basket(700)).expect("saved");
    fs::rename(&path, &new).expect("as the end would leave it");
    assert_eq!(loaded(&draft), Some((4, basket(700))));
    let whole = fs::read(&new).expect("bytes");
    fs::write(&new, &whole[..whole.len() - 1]).expect("cut");
    assert_eq!(loaded(&draft), None, "half a new one is none");
    fs::write(&new, whole).expect("whole again");
    draft.clear().expect("cleared");
    assert_eq!(loaded(&draft), None, "it does not come back");
    assert!(!new.exists());
}

#[test]
fn one_that_can_t_be_read_at_all_is_an_error_and_not_an_empty_basket() {
    let (folder, draft) = begun();
    for name in ["draft.new", "draft"] {
        fs::create_dir(folder.path().join(name)).expect("a folder in its place");
        assert!(draft.load().is_err(), "{name}");
        assert!(draft.save(SaleNo(4), basket(100)).is_err(), "{name}");
    }
    assert!(draft.clear().is_err());
}

#[test]
fn one_that_says_something_else_is_set_aside() {
    let (folder, draft) = begun();
    let path = folder.path().join("draft");
    let json = "{\"no\":1}";
    for text in [
        "tideover draft v1".to_owned(),
        format!("tideover draft v2 4 {}\n{json}", digest(SaleNo(4), json)),
        format!("tideover draft v1 5 {}\n{json}", digest(SaleNo(4), json)),
        format!("tideover draft v1 4 {}\n{json}", digest(SaleNo(4), json)),
    ] {
        fs::write(&path, &text).expect("written");
        let aside = folder.path().join("draft.damaged");
        assert_eq!(draft.load().expect("read"), Loaded::Damaged(aside.clone()), "{text}");
        assert_eq!(fs::read_to_string(aside).expect("kept"), text);
        assert!(!path.exists());
    }
}

#[test]
fn an_amount_that_was_changed_is_not_believed() {
    let (folder, draft) = begun();
    draft.save(SaleNo(4), basket(700)).expect("saved");
    let path = folder.path().join("draft");
    let text = fs::read_to_string(&path).expect("text");
    fs::write(&path, text.replace("\"amount\":700", "\"amount\":701")).expect("changed");
    assert!(matches!(draft.load().expect("read"), Loaded::Damaged(_)));
    assert_ne!(digest(SaleNo(4), "{}"), digest(SaleNo(5), "{}"));
}

#[test]
fn a_basket_is_as_long_as_a_record_may_be_and_no_longer() {
    let (folder, draft) = begun();
    draft.save(SaleNo(4), long(0)).expect("saved");
    let text = fs::read_to_string(folder.path().join("draft")).expect("text");
    let (_, json) = text.split_once('\n').expect("two lines");
    let room = LINE_LEN_MAX - json.len();
    draft.save(SaleNo(4), long(room)).expect("it just fits");
    let why = draft.save(SaleNo(4), long(room + 1)).expect_err("refused");
    assert!(matches!(why, LedgerError::TooLong(len) if len == LINE_LEN_MAX + 1), "{why:?}");
    let text = fs::read_to_string(folder.path().join("draft")).expect("text");
    assert!(text.len() > LINE_LEN_MAX, "the one before stays");
}

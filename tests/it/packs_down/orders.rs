//! Publishing: all or nothing, in stages, with a key that the pack key vouches for.

use std::fs;

use super::Office;
use crate::program::{ask, errors, run};

#[test]
fn a_stage_is_raised_with_the_same_command_and_says_who_comes_later() {
    let office = Office::new();
    let items = super::ITEMS;
    let packs: Vec<String> = (1..=12)
        .map(|store| office.pack_of("20261122-1", items, store).display().to_string())
        .collect();
    let publish = |stage: &str| {
        let mut arguments = vec!["publish", "--chain", "--stage", stage];
        arguments.extend(packs.iter().map(String::as_str));
        let (code, said) = office.runs(&arguments);
        assert_eq!(code, 0, "{said}");
        let count = |name: &str| said[name].as_array().expect("a list").len();
        (count("stores"), count("later"))
    };
    let (some, later) = publish("30");
    assert_eq!(some + later, 12);
    assert!(later > 0, "not all at once");
    assert_eq!(publish("100"), (12, 0));
    let only = ["publish", "--chain", "--stores", "3,4", packs[2].as_str(), packs[5].as_str()];
    let (_, said) = office.runs(&only);
    assert_eq!(said["later"], serde_json::json!([6]));
}

#[test]
fn what_is_wrong_with_one_pack_publishes_none() {
    let office = Office::new();
    let good = office.pack("20261122-2", "0.59");
    let cut = office.at("cut.pack");
    let bytes = fs::read(&good).expect("a pack");
    fs::write(&cut, &bytes[..bytes.len() - 10]).expect("written");
    let good = good.to_str().expect("text");
    for (bad, word) in [(&cut, "cut short"), (&office.at("nothing.pack"), "can't be read")] {
        let text = office.refused(&["publish", "--chain", good, bad.to_str().expect("text")]);
        assert!(text.contains(word) && text.contains("Nothing was published"), "{text}");
    }
    assert!(!office.central().join("published/stores").exists(), "for no store");
    let text = office.refused(&["publish", "--store", "7", good]);
    assert!(text.contains("is for store 1042, not 7"), "{text}");
    let text = office.refused(&["pin", "20261122-2", "--stores", "1042"]);
    assert!(text.contains("nothing is published for store 1042"), "{text}");
    office.publish(&office.at("1042-20261122-2.pack"), &[]);
    let older = office.pack("20261122-1", "0.59");
    let text = office.refused(&["publish", "--chain", older.to_str().expect("text")]);
    assert!(text.contains("20261122-2 published already"), "{text}");
    let text = office.refused(&["withdraw", "20261101-1", "--all"]);
    assert!(text.contains("was never published"), "{text}");
}

#[test]
fn a_release_key_publishes_with_the_pack_keys_word_and_not_without() {
    let office = Office::new();
    let pack = office.pack("20261122-1", "0.59");
    let text = |path: std::path::PathBuf| path.display().to_string();
    let (key, release, word) =
        (text(office.at("pack.key")), text(office.at("release.key")), text(office.at("word")));
    let vouch = ["pack", "vouch", "--key", &key, "--release-key", &release, "--new-key"];
    let until = ["--until", "2035-01-01T00:00:00.000+00:00", "--out", &word];
    let (code, said) = ask(&[&vouch[..], &until].concat());
    assert_eq!(code, 0, "{said}");
    let (central, pack, pack_key) =
        (text(office.central()), text(pack), office.signer().public().to_string());
    let publish = ["central", "publish", "--chain", &pack, "--data", &central, "--key", &release];
    // Alone it is another key than the pack's.
    let output = run(&publish);
    assert!(errors(&output).contains("does not trust"), "{}", errors(&output));
    let (code, said) =
        ask(&[&publish[..], &["--voucher", &word, "--pack-key", &pack_key]].concat());
    assert_eq!(code, 0, "{said}");
    let (manifest, _) = office.manifest();
    assert_eq!(manifest.key, said_key(&release));
    assert!(manifest.voucher.is_some());
    // The word for another key, and one that has run out.
    let ended = ["--until", "2020-01-01T00:00:00.000+00:00", "--out", &word];
    assert_eq!(ask(&[&vouch[..], &ended].concat()).0, 0);
    let output = run(&[&publish[..], &["--voucher", &word, "--pack-key", &pack_key]].concat());
    assert!(errors(&output).contains("run out"), "{}", errors(&output));
}

fn said_key(file: &str) -> String {
    let signer = tideover::pack::PackSigner::open(std::path::Path::new(file)).expect("a key");
    signer.public().to_string()
}

#[test]
fn a_pack_whose_prices_jumped_is_built_and_applied_only_when_somebody_accepts_it() {
    let office = Office::new();
    let tables = office.at("tables");
    fs::create_dir(&tables).expect("a folder");
    let write = |price: &str| {
        for (name, text) in [
            ("items.csv", super::with_price(super::ITEMS, price).as_str()),
            ("taxes.csv", super::TAXES),
            ("people.csv", super::PEOPLE),
            ("policy.csv", super::POLICY),
        ] {
            fs::write(tables.join(name), text).expect("written");
        }
    };
    let text = |path: std::path::PathBuf| path.display().to_string();
    let (from, out, key) =
        (text(tables.clone()), text(office.at("store.pack")), text(office.at("pack.key")));
    let build = ["pack", "build", "--from", &from, "--out", &out, "--key", &key];
    write("0.59");
    assert_eq!(ask(&build).0, 0);
    let before = fs::read(&out).expect("a pack");
    write("59");
    let (code, said) = ask(&build);
    assert_eq!((code, &said["pack"]), (1, &serde_json::Value::Null), "{said}");
    assert_eq!(said["jumps"]["jumped"], 1);
    assert!(fs::read(&out).expect("a pack") == before, "the one before is untouched");
    assert!(!office.at("store.pack.new").exists());
    let (code, said) = ask(&[&build[..], &["--accept-price-jumps"]].concat());
    assert_eq!(code, 0, "{said}");
    assert!(fs::read(&out).expect("a pack") != before);
}

//! What is linked: from the public registry only, and all of it on the bill of materials.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sbom(arguments: &[&str]) -> Output {
    let script = root().join("tests/sbom.py");
    Command::new("python3").arg(script).args(arguments).output().expect("python3")
}

fn made() -> Value {
    let output = sbom(&[]);
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complained}");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// Whether the script passes a bill.
fn passes(folder: &Path, bill: &Value) -> Result<String, String> {
    let file: PathBuf = folder.join("bill.json");
    std::fs::write(&file, bill.to_string()).expect("written");
    let output = sbom(&["--check", &file.display().to_string()]);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
}

#[test]
fn every_crate_comes_from_the_public_registry_with_its_checksum() {
    let lock = std::fs::read_to_string(root().join("Cargo.lock")).expect("Cargo.lock");
    let crates: Vec<&str> = lock.split("[[package]]").skip(1).collect();
    assert!(crates.len() > 100, "the lock file was not understood");
    for one in crates.iter().filter(|one| !one.contains("name = \"tideover\"")) {
        let source = "source = \"registry+https://github.com/rust-lang/crates.io-index\"";
        assert!(one.contains(source) && one.contains("checksum = \""), "{one}");
    }
    let rules = std::fs::read_to_string(root().join("deny.toml")).expect("deny.toml");
    let addresses: Vec<&str> = rules.split('"').filter(|text| text.contains("://")).collect();
    assert_eq!(addresses, ["https://github.com/rust-lang/crates.io-index"]);
}

#[test]
fn the_bill_of_materials_names_what_is_linked_and_nothing_that_only_tests_use() {
    let bill = made();
    assert_eq!((&bill["bomFormat"], &bill["specVersion"]), (&"CycloneDX".into(), &"1.6".into()));
    let names: Vec<&str> = bill["components"]
        .as_array()
        .expect("components")
        .iter()
        .map(|one| one["name"].as_str().expect("a name"))
        .collect();
    for linked in ["ring", "rusqlite", "libsqlite3-sys", "sqlite", "zstd", "egui", "axum", "rustls"]
    {
        assert!(names.contains(&linked), "{linked} is missing");
    }
    for test in ["tempfile", "egui_kittest", "dify", "colored", "tideover"] {
        assert!(!names.contains(&test), "{test} is not linked");
    }
    assert_eq!(made(), bill, "the same tree, the same bill");
}

#[test]
fn a_bill_that_is_not_of_this_lock_file_is_found_out() {
    let folder = tempfile::tempdir().expect("a folder");
    let bill = made();
    assert!(passes(folder.path(), &bill).expect("right").contains("crates"));
    let place = |bill: &Value| {
        let all = bill["components"].as_array().expect("components");
        all.iter().position(|one| one["name"] == "ring").expect("ring")
    };
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut other = bill.clone();
        let place = place(&other);
        change(&mut other["components"][place]);
        passes(folder.path(), &other).expect_err("found out")
    };
    let other = changed(&|one| one["hashes"][0]["content"] = "00".repeat(32).into());
    assert!(other.contains("ring") && other.contains("checksum"), "{other}");
    let other = changed(&|one| one["version"] = "9.9.9".into());
    assert!(other.contains("not in Cargo.lock"), "{other}");
    let other = changed(&|one| one["licenses"] = Value::Null);
    assert!(other.contains("names no license"), "{other}");
    let mut cut = bill.clone();
    let gone = place(&cut);
    cut["components"].as_array_mut().expect("components").remove(gone);
    assert!(passes(folder.path(), &cut).expect_err("found out").contains("not listed"));
}

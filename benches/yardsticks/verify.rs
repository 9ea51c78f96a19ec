//! Verifying a journal on one core, beside the bare library: each signature, and the hash chain.

use std::time::Instant;

use ring::digest::{SHA256, digest};
use ring::signature::{ED25519, UnparsedPublicKey};
use tideover::journal::record::Envelope;
use tideover::journal::verify::{Depth, Known, verify};

use crate::Effort;
use crate::goods;
use crate::table::{Goal, Table};

/// Measures and fills the table.
pub fn measure(effort: &Effort, table: &mut Table) {
    let sales = effort.count(5_000, 1_000) as u64;
    let lines = goods::journal(7, sales);
    let lengths: usize = lines.iter().map(Vec::len).sum();
    let refs = || lines.iter().map(Vec::as_slice);
    let mut figures: [Vec<f64>; 4] = Default::default();
    for _ in 0..effort.rounds {
        // The chain is checked some times over, so that each side runs for long enough.
        let runs: [(&dyn Fn(), usize); 4] = [
            (&|| assert!(verify(refs(), Depth::Full, Known::default()).is_clean()), 1),
            (&|| each_signature(&lines), 1),
            (&|| assert!(verify(refs(), Depth::Chain, Known::default()).is_clean()), 20),
            (&|| hash_chain(&lines), 20),
        ];
        for ((run, times), rates) in runs.into_iter().zip(&mut figures) {
            let began = Instant::now();
            for _ in 0..times {
                run();
            }
            rates.push((lines.len() * times) as f64 / began.elapsed().as_secs_f64());
        }
    }
    let [full, signatures, chain, hashes] = figures;
    let ratio = |of: &[f64], to: &[f64]| of.iter().zip(to).map(|(a, b)| a / b).collect();
    table.section("Verifying a journal of 12-line sales, one core");
    let unit = "records/s";
    let (full_ratio, chain_ratio) = (ratio(&full, &signatures), ratio(&chain, &hashes));
    table.measure("in full", unit, full, Goal::AtLeast(10_000.0), None);
    table.yardstick("limit: ring verifies each signature", unit, signatures);
    table.yardstick("in full", "x the limit", full_ratio);
    table.measure("chain only", unit, chain, Goal::AtLeast(200_000.0), None);
    table.yardstick("limit: SHA-256 of each line and the one before", unit, hashes);
    table.yardstick("chain only", "x the limit", chain_ratio);
    let bytes = lengths as f64 / lines.len() as f64;
    table.counter(
        "the record of a 12-line sale",
        "bytes",
        vec![bytes],
        Goal::AtMost(4_096.0),
        None,
    );
}

fn each_signature(lines: &[Vec<u8>]) {
    let key = goods::key().public();
    let key = UnparsedPublicKey::new(&ED25519, key.bytes());
    for line in lines {
        let envelope = Envelope::read(line).expect("a record");
        let signature = envelope.signature.expect("a signature");
        let message = [b"tideover/record/v1\n", envelope.json.as_bytes()].concat();
        key.verify(&message, &signature.0).expect("verifies");
    }
}

fn hash_chain(lines: &[Vec<u8>]) {
    let mut head = [0; 32];
    let mut message = Vec::new();
    for line in lines {
        message.clear();
        message.extend_from_slice(&head);
        message.extend_from_slice(line);
        head.copy_from_slice(digest(&SHA256, &message).as_ref());
    }
    assert_ne!(head, [0; 32]);
}

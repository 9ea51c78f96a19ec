//! `tideover peer`: this register's key for the others' lists, and the others in its own list.
//! Works without central and without a network; it is in force from the next start on.

use std::fmt;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, value_parser};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::output::{Ending, Failure, Output};
use crate::device::entropy::SystemEntropy;
use crate::device::key_store;
use crate::domain::ids::StoreNo;
use crate::journal::key::{NotAKey, PublicKey};
use crate::ledger::Mirror;
use crate::register::settings::DataDir;

/// `tideover peer`
#[derive(Clone, Debug, Subcommand)]
pub enum PeerAction {
    /// Say this register's key, the registers it lists, and what it holds of each.
    Show(PeerShowArgs),
    /// List another register of this store, or where this one listens.
    Add(PeerAddArgs),
}

/// `tideover peer show`
#[derive(Clone, Debug, Args)]
pub struct PeerShowArgs {
    /// The register's data folder.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

/// `tideover peer add`
#[derive(Clone, Debug, Args)]
pub struct PeerAddArgs {
    /// The register's data folder.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The other register's number.
    #[arg(long, value_name = "N", value_parser = value_parser!(u16).range(1..))]
    register: Option<u16>,
    /// Where it listens, such as 192.168.1.12:7450; not needed where it calls this one.
    #[arg(long, value_name = "ADDRESS", requires = "register")]
    address: Option<String>,
    /// Its key, as 'tideover peer show' says it there; not needed where central enrolled both.
    #[arg(long, value_name = "HEX", requires = "register")]
    key: Option<String>,
    /// Where this register listens for the others, such as 0.0.0.0:7450.
    #[arg(long, value_name = "ADDRESS", required_unless_present = "register")]
    listen: Option<String>,
}

/// The peers of a register.
#[derive(Clone, Debug, Serialize)]
pub struct Shown {
    /// The store.
    pub store: u32,
    /// The register.
    pub register: u16,
    /// Its key, for the others' lists.
    pub key: String,
    /// What its settings say of the others.
    pub peers: Option<Value>,
    /// What it holds of the others: one line a journal.
    pub held: Vec<String>,
}

/// Why a register was not listed.
#[derive(Debug, thiserror::Error)]
pub enum NotListed {
    /// Its key is none.
    #[error("--key is no key of a register ({0}); nothing was changed")]
    Key(#[from] NotAKey),
    /// The address is none.
    #[error("'{0}' is no address with a port, such as 192.168.1.12:7450; nothing was changed")]
    Address(String),
}

/// Runs the command.
///
/// # Errors
/// [`Failure`] when the settings can't be read or written.
pub fn run(action: &PeerAction, home: &Path, output: Output) -> Result<Ending, Failure> {
    let (PeerAction::Show(PeerShowArgs { data }) | PeerAction::Add(PeerAddArgs { data, .. })) =
        action;
    let data = DataDir(data.clone().unwrap_or_else(|| home.to_owned()));
    if let PeerAction::Add(args) = action {
        let mut settings = data.settings()?;
        settings.peers = Some(listed(settings.peers.take(), args)?);
        data.write_settings(&settings)?;
    }
    output.say(&shown(&data)?)?;
    Ok(Ending::Fine)
}

fn shown(data: &DataDir) -> Result<Shown, Failure> {
    let settings = data.settings()?;
    let key = key_store::load_or_create(&data.key_path(), &SystemEntropy)?.public().to_string();
    let reader = Mirror::open_to_read(&data.mirror_dir(), StoreNo(settings.store));
    // No copies yet is nothing to fail for.
    let held = reader.and_then(|reader| reader.branches()).unwrap_or_default();
    let held = held.iter().map(|branch| {
        let other = if branch.number > 1 { " (another branch)" } else { "" };
        format!("{}: {} records{other}", branch.journal, branch.next_seq)
    });
    let (store, register) = (settings.store, settings.register);
    Ok(Shown { store, register, key, peers: settings.peers, held: held.collect() })
}

/// The setting with one more register, or with other words for one that is there.
fn listed(before: Option<Value>, args: &PeerAddArgs) -> Result<Value, NotListed> {
    let mut peers = match before {
        Some(Value::Object(peers)) => peers,
        // What was written wrong did nothing; it is written anew.
        _ => Map::new(),
    };
    let has_port = |text: &str| {
        text.rsplit_once(':')
            .is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok())
    };
    for address in [&args.listen, &args.address].into_iter().flatten() {
        if !has_port(address) {
            return Err(NotListed::Address(address.clone()));
        }
    }
    if let Some(listen) = &args.listen {
        peers.insert("listen".to_owned(), json!(listen));
    }
    if let Some(register) = args.register {
        let mut one = Map::from_iter([("register".to_owned(), json!(register))]);
        if let Some(address) = &args.address {
            one.insert("address".to_owned(), json!(address));
        }
        if let Some(key) = &args.key {
            one.insert("key".to_owned(), json!(PublicKey::parse(key)?.to_string()));
        }
        let all = peers.entry("registers").or_insert_with(|| json!([]));
        if !all.is_array() {
            *all = json!([]);
        }
        if let Value::Array(all) = all {
            all.retain(|other| other.get("register") != Some(&json!(register)));
            all.push(Value::Object(one));
        }
    }
    Ok(Value::Object(peers))
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { store, register, key, peers, held } = self;
        writeln!(f, "Register {register} of store {store}, key {key}")?;
        match peers {
            None => writeln!(f, "It lists no other register: its sales lie on this machine only")?,
            Some(peers) => {
                let listen = peers.get("listen").and_then(Value::as_str);
                writeln!(f, "  listens at {}", listen.unwrap_or("no address"))?;
                let others = peers.get("registers").and_then(Value::as_array);
                for other in others.into_iter().flatten() {
                    let text = |name| other.get(name).and_then(Value::as_str);
                    let number = other.get("register").map(ToString::to_string);
                    let key = if text("key").is_some() { "listed" } else { "by central" };
                    let address = text("address").unwrap_or("calls this one");
                    let number = number.unwrap_or_default();
                    writeln!(f, "  register {number}: {address}, key {key}")?;
                }
            }
        }
        held.iter().try_for_each(|line| writeln!(f, "  holds {line}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(register: u16, address: &str, key: Option<&str>) -> PeerAddArgs {
        PeerAddArgs {
            data: None,
            register: Some(register),
            address: Some(address.to_owned()),
            key: key.map(str::to_owned),
            listen: None,
        }
    }

    #[test]
    fn a_register_is_listed_once_and_a_weak_key_or_half_an_address_never() {
        let key = crate::journal::key::SigningKey::from_seed(&[5; 32]).expect("a key").public();
        let key = key.to_string();
        let first = listed(None, &args(2, "192.0.2.12:7450", Some(&key))).expect("listed");
        let moved = listed(Some(first), &args(2, "192.0.2.13:7450", Some(&key))).expect("listed");
        assert_eq!(
            moved,
            json!({"registers": [{"register": 2, "address": "192.0.2.13:7450", "key": key}]})
        );
        let weak = format!("01{}", "00".repeat(31));
        assert!(listed(None, &args(2, "192.0.2.12:7450", Some(&weak))).is_err());
        for address in ["192.0.2.12", ":7450", "192.0.2.12:port", ""] {
            assert!(listed(None, &args(2, address, None)).is_err(), "{address}");
        }
        let wrong = listed(Some(json!("here")), &args(3, "a:1", None)).expect("written anew");
        assert_eq!(wrong, json!({"registers": [{"register": 3, "address": "a:1"}]}));
    }
}

//! `tideover pack vouch`: the pack key's word that another key may say which pack stores sell by.
//! The pack key then goes back to its safe; the other one lies on the machine that publishes.

use std::fmt;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use crate::device::entropy::Entropy;
use crate::domain::time::Timestamp;
use crate::pack::{PackSigner, Voucher};

use crate::cli::output::Failure;

/// `tideover pack vouch`
#[derive(Clone, Debug, Args)]
pub struct VouchArgs {
    /// The retailer's pack key.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The release key; made where there is none with --new-key.
    #[arg(long, value_name = "FILE")]
    release_key: PathBuf,
    /// Make the release key if there is none yet.
    #[arg(long)]
    new_key: bool,
    /// Until when, such as 2027-11-22T00:00:00.000+00:00.
    #[arg(long, value_name = "TIME")]
    until: String,
    /// The voucher to write.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// A voucher that was written.
#[derive(Clone, Debug, Serialize)]
pub struct Vouched {
    /// The file.
    pub file: PathBuf,
    /// The release key's public half.
    pub release_key: String,
    /// The pack key's public half.
    pub pack_key: String,
    /// Until when.
    pub until: String,
}

/// Writes a voucher.
///
/// # Errors
/// [`Failure`] when a key or the file can't be used.
pub fn run(args: &VouchArgs, entropy: &dyn Entropy) -> Result<Vouched, Failure> {
    let until = Timestamp::parse(&args.until)?;
    let pack = PackSigner::open(&args.key)?;
    let release = if args.new_key && !args.release_key.exists() {
        PackSigner::create(&args.release_key, entropy)?
    } else {
        PackSigner::open(&args.release_key)?
    };
    let text = Voucher::sign(&release.public(), until, &pack)?;
    std::fs::write(&args.out, format!("{text}\n"))?;
    Ok(Vouched {
        file: args.out.clone(),
        release_key: release.public().to_string(),
        pack_key: pack.public().to_string(),
        until: until.to_string(),
    })
}

impl fmt::Display for Vouched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, release_key, pack_key, until } = self;
        writeln!(f, "{} vouches until {until}", file.display())?;
        writeln!(f, "  for the release key {release_key}")?;
        write!(f, "  by the pack key    {pack_key}")
    }
}

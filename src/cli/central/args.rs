//! What the command line of `tideover central` can say; [`super`] does it.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};

use super::backup::CheckBackupArgs;
use super::pickups;
use super::ready::ReadyArgs;
use crate::central::operations::Operations;
use crate::cli::compare_checks::CompareArgs;
use crate::cli::free_text::without_a_card;

/// `tideover central`
#[derive(Clone, Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct CentralArgs {
    /// What to do instead of running it.
    #[command(subcommand)]
    pub(super) action: Option<CentralAction>,
    #[command(flatten)]
    pub(super) serve: ServeArgs,
}

/// Running central.
#[derive(Clone, Debug, Args)]
pub(super) struct ServeArgs {
    #[command(flatten)]
    pub(super) folder: FolderArgs,
    /// Keep records in this PostgreSQL database, postgres://USER@HOST/NAME; said once, the data
    /// folder remembers it.
    #[arg(long, value_name = "URL")]
    pub(super) database: Option<String>,
    /// A file whose first line is the database's password.
    #[arg(long, value_name = "FILE", requires = "database")]
    pub(super) database_password: Option<PathBuf>,
    /// Who signed the database's certificate, in PEM form; without it only a database on this
    /// machine is spoken to.
    #[arg(long, value_name = "FILE", requires = "database")]
    pub(super) database_ca: Option<PathBuf>,
    /// Where to listen; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7443")]
    pub(super) listen: SocketAddr,
    /// A certificate chain in PEM form; without it central makes its own outside this machine.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub(super) cert: Option<PathBuf>,
    /// The certificate's private key in PEM form.
    #[arg(long, value_name = "FILE", requires = "cert")]
    pub(super) tls_key: Option<PathBuf>,
    /// Encrypt also within this machine.
    #[arg(long)]
    pub(super) tls: bool,
    /// A further certificate that is central's, in PEM form: of a proxy in front, or the next one.
    /// Registers that pinned another one believe it by central's signature.
    #[arg(long, value_name = "FILE")]
    pub(super) also_cert: Vec<PathBuf>,
    /// A folder of packs, to compare prices and taxes with.
    #[arg(long, value_name = "DIR", requires = "pack_key")]
    pub(super) packs: Option<PathBuf>,
    /// The public key packs are signed by, 64 hex digits; registers get it at enrolment.
    #[arg(long, value_name = "HEX")]
    pub(super) pack_key: Option<String>,
    /// The database was restored from an older copy: registers are to tell their positions anew.
    #[arg(long)]
    pub(super) restored: bool,
    /// Let anybody ask how a store is open, at /public/STORE: no token, no figures.
    #[arg(long)]
    public_status: bool,
    /// A register that was not heard for so many minutes is silent.
    #[arg(long, value_name = "MINUTES", default_value_t = 15)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=10_080))]
    silent_after: u64,
    /// After a request to stop, say "not ready" and refuse what is new for so many seconds before
    /// the doors are closed; what is begun is finished in any case.
    #[arg(long, value_name = "SECONDS", default_value_t = 3)]
    #[arg(value_parser = clap::value_parser!(u64).range(0..=300))]
    notice: u64,
    /// Hand traces of requests to an OpenTelemetry collector on this machine, such as
    /// 127.0.0.1:4318; where it is gone they are dropped.
    #[cfg(feature = "otel")]
    #[arg(long, value_name = "ADDRESS")]
    traces_to: Option<SocketAddr>,
}

impl ServeArgs {
    /// How central is operated.
    pub(super) fn operations(&self) -> Operations {
        Operations {
            public_form: self.public_status,
            silent_after: Duration::from_mins(self.silent_after),
            notice: Duration::from_secs(self.notice),
            #[cfg(feature = "otel")]
            traces_to: self.traces_to,
            ..Operations::default()
        }
    }
}

/// Where central's files are.
#[derive(Clone, Debug, Args)]
pub(super) struct FolderArgs {
    /// Central's data folder.
    #[arg(long, value_name = "DIR", default_value = "tideover-central")]
    pub(super) data: PathBuf,
}

/// What is asked about readiness.
#[derive(Clone, Debug, Args)]
pub(super) struct ReadinessArgs {
    #[command(flatten)]
    pub(super) folder: FolderArgs,
    /// Only which registers run an older program than the newest, or none that is known.
    #[arg(long)]
    pub(super) older_program: bool,
}

/// A register of a store.
#[derive(Clone, Debug, Args)]
pub(super) struct WhichArgs {
    #[command(flatten)]
    pub(super) folder: FolderArgs,
    /// The store's number.
    #[arg(long)]
    pub(super) store: u32,
    /// The register's number.
    #[arg(long)]
    pub(super) register: u16,
}

/// What is done about what is published.
#[derive(Clone, Debug, Subcommand)]
pub(super) enum PacksAction {
    /// Remove files that no store needs any more; lists them, and removes them with --yes.
    Prune(super::packs::PruneArgs),
}

/// What an administrator does beside a running central.
#[derive(Clone, Debug, Subcommand)]
pub(super) enum CentralAction {
    /// Make a one-time code for a register.
    EnrollCode(WhichArgs),
    /// Vouch for a register that came with a key nobody knew.
    Adopt(WhichArgs),
    /// Trust a register's keys no longer, as when it was stolen: one person proposes, and what it
    /// sends waits; a second one decides. The token of 'it-token' is the first line typed.
    Revoke(super::revoke::RevokeArgs),
    /// Ask all registers to send nothing until it is lifted; selling goes on.
    Hold {
        #[command(flatten)]
        folder: FolderArgs,
        /// Why.
        #[arg(long, value_parser = without_a_card)]
        reason: String,
    },
    /// Lift a hold.
    Release(FolderArgs),
    /// Copy the database while central runs.
    BackUp {
        #[command(flatten)]
        folder: FolderArgs,
        /// The copy to write.
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
    },
    /// Look whether such a copy is whole, without changing it: every night, before it is needed.
    CheckBackup(CheckBackupArgs),
    /// Derive sales, taxes, stock and exceptions again from the stored records.
    Rebuild(FolderArgs),
    /// Show the account of a check that came back unpaid; who and why goes on record.
    OpenCheck {
        #[command(flatten)]
        which: WhichArgs,
        /// The sale's number, from the back of the check.
        #[arg(long)]
        sale: u64,
        /// Who opens it.
        #[arg(long, value_parser = without_a_card)]
        who: String,
        /// Why.
        #[arg(long, value_parser = without_a_card)]
        reason: String,
        /// The private sealing key; by default the one in central's folder.
        #[arg(long, value_name = "FILE")]
        seal_key: Option<PathBuf>,
    },
    /// Destroy sealed data of checks and names that has had its days here; shows it, and destroys
    /// it with --yes. The token of 'it-token' is the first line typed.
    DestroySealed(super::destroy::DestroyArgs),
    /// Write what was sold, came, went and was counted in a store as CSV.
    Stock {
        #[command(flatten)]
        folder: FolderArgs,
        /// The store's number.
        #[arg(long)]
        store: u32,
        /// The file to write.
        #[arg(long, value_name = "FILE")]
        csv: PathBuf,
    },
    /// Write a store's claims of online orders as CSV, compared with what the online system says.
    Pickups(pickups::PickupsArgs),
    /// Show the name on the ID that an order was handed over against; who and why goes on record.
    OpenPickup(pickups::OpenPickupArgs),
    /// Rain checks: which are out, and with --all where each was redeemed.
    RainChecks(super::rain_checks::RainCheckArgs),
    /// Tell stores which pack to sell by; signed here with the publisher's key.
    Publish(super::packs::PublishArgs),
    /// What is published for which store, and who sells by it.
    #[command(args_conflicts_with_subcommands = true)]
    Packs {
        #[command(flatten)]
        folder: FolderArgs,
        #[command(subcommand)]
        action: Option<PacksAction>,
    },
    /// Have stores sell by one version, whatever is newer.
    Pin {
        /// The version, such as 20260417-1.
        version: String,
        #[command(flatten)]
        order: super::packs::OrderArgs,
    },
    /// Lift the pin: stores sell by the newest version that was not withdrawn.
    Unpin(super::packs::OrderArgs),
    /// Have stores never sell by a version again, where they have any other.
    Withdraw {
        /// The version, such as 20260418-1.
        version: String,
        #[command(flatten)]
        order: super::packs::OrderArgs,
    },
    /// How ready each store is for an outage, by what its registers recorded, and which programs
    /// run.
    Readiness(ReadinessArgs),
    /// Ask a central that runs on this machine whether it takes deliveries; 1 when it does not.
    Ready(ReadyArgs),
    /// Hand over to another system what it was not given yet.
    Export(super::export::ExportArgs),
    /// Say what other systems were given, and have refused records tried again.
    Exports(super::export::ExportsArgs),
    /// Answer a register's question on the phone, so that somebody signs in once without a PIN.
    PhoneCode(super::phone_code::PhoneCodeArgs),
    /// Open a store's checks that look like one another, and say whether they are of one account.
    CompareChecks(CompareArgs),
    /// Show the rules' levels and thresholds; try others on the newest day's records.
    Rules {
        #[command(flatten)]
        folder: FolderArgs,
        /// A file of rules to try; nothing changes without --set.
        #[arg(long, value_name = "FILE")]
        from: Option<PathBuf>,
        /// Have the tried rules hold.
        #[arg(long, requires = "from")]
        set: bool,
    },
    /// Make a token with which a person of IT signs on the page of the queue; shown once.
    ItToken {
        #[command(flatten)]
        folder: FolderArgs,
        /// Who: at most 16 letters, digits, '-', '.' or '_'.
        #[arg(long, value_name = "NAME", value_parser = without_a_card)]
        who: String,
        /// End this person's token instead.
        #[arg(long)]
        end: bool,
    },
    /// A store's totals.
    Totals {
        #[command(flatten)]
        folder: FolderArgs,
        /// The store's number.
        #[arg(long)]
        store: u32,
    },
}

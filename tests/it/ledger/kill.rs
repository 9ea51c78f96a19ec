//! The process ends at every named point, for real: this test binary starts itself as a child,
//! which aborts there; then the ledger is opened again.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use tideover::ledger::{FaultPoint, Faults};

use super::store::Register;

const POINT: &str = "LEDGER_CHILD_POINT";
const DIR: &str = "LEDGER_CHILD_DIR";
const SALES_BEFORE: u32 = 3;

struct AbortAt {
    point: FaultPoint,
    seen: AtomicU32,
}

impl Faults for AbortAt {
    fn at(&self, point: FaultPoint) {
        // The journal's first record, the shift and the sales before pass; the next one does not.
        if point == self.point && self.seen.fetch_add(1, Ordering::Relaxed) == SALES_BEFORE + 2 {
            std::process::abort();
        }
    }
}

/// Does nothing in an ordinary run; as a child it sells until it is ended.
#[test]
fn child_sells_until_it_is_ended() {
    let (Ok(point), Ok(dir)) = (std::env::var(POINT), std::env::var(DIR)) else { return };
    let point = FaultPoint::from_word(&point).expect("a point");
    let register = Register::at(Path::new(&dir), 1);
    let faults = Arc::new(AbortAt { point, seen: AtomicU32::new(0) });
    let (mut ledger, _) = register.open_with(Some(Register::key()), Some(faults)).expect("open");
    register.sell(&mut ledger, 100);
    unreachable!("the child was to be ended at {point:?}");
}

#[test]
fn ended_at_any_point_the_sale_is_there_whole_or_not_at_all() {
    for point in FaultPoint::OF_A_RECORD {
        let folder = tempfile::tempdir().expect("a folder");
        let status = Command::new(std::env::current_exe().expect("this program"))
            .args(["--exact", "ledger::kill::child_sells_until_it_is_ended"])
            .env(POINT, point.word())
            .env(DIR, folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .expect("a child");
        assert!(!status.success() && status.code().is_none(), "{point:?}: ended by a signal");
        let register = Register::at(folder.path(), 2);
        let (mut ledger, opening) = register.open();
        assert!(opening.findings.is_empty(), "{point:?}: {:?}", opening.findings);
        let there = u64::from(SALES_BEFORE) + u64::from(point >= FaultPoint::AfterCommit);
        assert_eq!(ledger.state().last_sale_no.0, there, "{point:?}");
        assert_eq!(ledger.chain().next_seq.0, there + 2, "{point:?}");
        register.sell(&mut ledger, 2);
        drop(ledger);
        let report = register.verify();
        assert!(report.is_clean(), "{point:?}: {:?}", report.findings);
        assert_eq!(report.sales, there + 2, "{point:?}");
        assert!(register.open().1.findings.is_empty(), "{point:?}: tape and anchor agree");
    }
}

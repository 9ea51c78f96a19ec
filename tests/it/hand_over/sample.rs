//! The sample's own sales, sold again, taken in by central and written as POSLog: read back by the
//! reader of the sample, they come to the same.

use tideover::central::export::poslog::PosLog;
use tideover::domain::event::Event;
use tideover::domain::ids::SaleNo;

use super::{Runner, central_with, folder};
use crate::journals::TestRegister;
use crate::real_baskets::{Store, poslog, supermarket};

#[test]
fn the_poslog_of_the_samples_own_sales_keeps_every_grand_amount_and_tax() {
    let Some(logged) = supermarket() else { return };
    let store = Store::of(&poslog::file(&logged), poslog::DAY);
    let mut register = TestRegister::new(7);
    for (number, sale) in (1..).zip(&logged) {
        let mut sold = store.sell(&sale.basket);
        sold.number = SaleNo(number);
        register.record(Event::of_sale(sold));
    }
    let dir = tempfile::tempdir().expect("a folder");
    let central = dir.path().join("central");
    central_with(&central, &mut [&mut register]);
    let out = dir.path().join("out");
    let mut adapter = folder(&out, PosLog::default());
    let handed = Runner::new().run(&central, &mut adapter).expect("handed over");
    assert_eq!(handed.handed, 42);
    let files: Vec<_> = std::fs::read_dir(&out)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "xml"))
        .collect();
    assert_eq!(files.len(), 1);
    let xml = std::fs::read_to_string(&files[0]).expect("text");
    let exported = poslog::sales(&xml);
    assert_eq!(exported.len(), 42);
    for (log, own) in logged.iter().zip(&exported) {
        assert_eq!(
            (own.total, own.tax, own.taxable, own.change),
            (log.total, log.tax, log.taxable, log.change),
            "sale {}",
            log.basket.id
        );
        // Voided lines too, each with its line that takes it back.
        let lines = |sale: &poslog::LoggedSale| {
            let lines = sale.basket.lines.iter();
            lines.filter(|line| line.void).count()
        };
        assert_eq!(lines(own), lines(log), "sale {}", log.basket.id);
    }
    // A clock without its offset says nothing; the sample's own times have none.
    assert!(xml.contains("<EndDateTime>2026-11-22T13:05:09.120-06:00</EndDateTime>"));
    assert!(xml.contains("OfflineFlag=\"false\""));
    assert!(xml.contains("<CurrencyCode>USD</CurrencyCode>"));
}

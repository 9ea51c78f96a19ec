//! What is looked at is bounded, and whoever asks is told where there is more.

use super::*;

#[test]
fn of_a_store_no_more_is_looked_at_than_a_bound_and_that_there_is_more_is_told() {
    let Some(server) = Server::start() else { return };
    let address = server.database();
    let name = address.rsplit('/').next().expect("a name");
    let mut store = open(&address);
    let add = |from: u32, to: u32| {
        let rows = format!(
            "INSERT INTO exception SELECT 1042, 7, 1, i, 0, 'unknown_pack', '', 'info', 'x', 0, \
             false FROM generate_series({from}, {to}) i"
        );
        server.sql(name, &rows);
    };
    add(1, 200_000);
    let rows = store.store_rows(StoreNo(1042)).expect("read");
    assert_eq!((rows.found.len(), rows.more_found), (200_000, false));
    add(200_001, 200_002);
    let rows = store.store_rows(StoreNo(1042)).expect("read");
    assert_eq!((rows.found.len(), rows.more_found), (200_000, true));
}

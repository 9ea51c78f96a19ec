//! A door to a central's folder without a running central, or beside one: for what IT brings on a
//! stick. The projections follow when central runs next, or within seconds where it runs.

use std::path::Path;
use std::sync::Arc;

use crate::device::clock::SystemClock;
use crate::device::entropy::SystemEntropy;
use crate::device::key_store;

use super::{Door, DoorParts};
use crate::central::backend::Backend;
use crate::central::serve::NotServing;
use crate::central::store::Held;

/// The door of a folder in which a central was started before.
///
/// # Errors
/// [`NotServing`] when its store or its key can't be used.
pub fn door_of(folder: &Path) -> Result<Door, NotServing> {
    let entropy = Arc::new(SystemEntropy);
    let key = key_store::load_or_create(&folder.join("central.key"), entropy.as_ref())?;
    let held = |name| -> Result<Arc<Held>, NotServing> {
        Ok(Arc::new(Held::new(name, Backend::existing(folder)?.open()?)?))
    };
    Ok(Door::new(DoorParts {
        writer: held("stick-writer")?,
        reader: held("stick-reader")?,
        pack_key: key.public(),
        seal_key: None,
        key,
        clock: Arc::new(SystemClock::new(None)),
        entropy,
        published: None,
        on_commit: Box::new(|| ()),
    }))
}

//! Where a run keeps its data: in an SQLite file of its folder, or where that folder says.

use std::path::Path;

/// In a run's folder: the address of its database, where it is no file of that folder.
pub const ADDRESS: &str = "database_url";

/// The `DATABASE_URL` of a run.
#[must_use]
pub fn of(folder: &Path) -> String {
    let address = std::fs::read_to_string(folder.join(ADDRESS));
    address.unwrap_or_else(|_| format!("sqlite:{}", folder.join("hubbub.db").display()))
}

//! Whether what is stored agrees with itself. Reads everything as of one moment, beside servers that go on.

use std::{collections::HashMap, path::Path};

use thiserror::Error;

use super::{moving, postgres, sqlite};
use crate::server::{
    config::DatabaseUrl,
    domain::ports::{StoreError, Stored},
};

/// So many rows that break a rule are told one by one.
pub const EXAMPLES: usize = 5;

/// Rows that break a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Which rule.
    pub rule: &'static str,
    /// What is wrong.
    pub about: &'static str,
    /// The rows.
    pub ids: Vec<i64>,
    /// The first of them, with what they say and should say.
    pub examples: Vec<String>,
    /// Whether what is right can be counted anew.
    pub is_repairable: bool,
}

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A picture of a post, a face.
    Image,
    /// What a message or an application carries.
    Attachment,
}

/// A file of which a row tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeptFile {
    /// What it is.
    pub kind: FileKind,
    /// Under which id.
    pub id: u64,
    /// How long it is.
    pub bytes: u64,
}

/// The data could not be looked at.
#[derive(Debug, Error)]
#[error("{place} cannot be checked: {}", moving::reason(.cause))]
pub struct CheckError {
    place: String,
    #[source]
    cause: StoreError,
}

/// A database that is looked at.
pub struct Checker {
    place: String,
    rules: AnyRules,
}

enum AnyRules {
    Sqlite(sqlite::Rules),
    Postgres(postgres::Rules),
}

/// The same of whichever database it is.
macro_rules! of_either {
    ($rules:expr, $name:ident => $done:expr) => {
        match $rules {
            AnyRules::Sqlite($name) => $done,
            AnyRules::Postgres($name) => $done,
        }
    };
}

impl Checker {
    /// Looks at this database; `None` when there is none, or not of this version.
    ///
    /// # Errors
    /// When it cannot be reached, or is newer than this program.
    pub async fn open(database: &DatabaseUrl) -> Result<Option<Self>, CheckError> {
        let place = database.masked();
        let rules: Stored<Option<AnyRules>> = match database {
            DatabaseUrl::Sqlite(path) => sqlite_rules(path).await,
            DatabaseUrl::Postgres(url) => {
                postgres::beside(url).await.map(|found| found.map(|one| AnyRules::Postgres(postgres::Rules(one))))
            }
        };
        match rules {
            Ok(rules) => Ok(rules.map(|rules| Self { place, rules })),
            Err(cause) => Err(CheckError { place, cause }),
        }
    }

    /// All that breaks a rule, and the files that there must be, both as of the same moment.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find(&mut self) -> Result<(Vec<Fault>, Vec<KeptFile>), CheckError> {
        let found = of_either!(&mut self.rules, rules => rules.find().await);
        found.map_err(|cause| self.failed(cause))
    }

    /// The files that there must be by now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn files(&mut self) -> Result<Vec<KeptFile>, CheckError> {
        let found = of_either!(&mut self.rules, rules => rules.files().await);
        found.map_err(|cause| self.failed(cause))
    }

    /// Sets right what can be, row by row: how many of each rule.
    ///
    /// # Errors
    /// When the database fails; what was set right until then stays so.
    pub async fn repair(&mut self, faults: &[Fault]) -> Result<HashMap<&'static str, u64>, CheckError> {
        let repaired = of_either!(&mut self.rules, rules => rules.repair(faults).await);
        repaired.map_err(|cause| self.failed(cause))
    }

    /// Lets go of the database, so that others can have it at once.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn close(self) -> Result<(), CheckError> {
        let Self { place, rules } = self;
        let closed = of_either!(rules, rules => rules.close().await);
        closed.map_err(|cause| CheckError { place, cause })
    }

    fn failed(&self, cause: StoreError) -> CheckError {
        CheckError { place: self.place.clone(), cause }
    }
}

async fn sqlite_rules(path: &Path) -> Stored<Option<AnyRules>> {
    Ok(sqlite::beside(path).await?.map(|one| AnyRules::Sqlite(sqlite::Rules(one))))
}

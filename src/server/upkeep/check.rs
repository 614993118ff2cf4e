//! `hubbub check`: whether what is stored agrees with itself and with the files, beside a server that goes on.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    time::Duration,
};

use super::{Files, UpkeepError};
use crate::{
    protocol::ids::{AttachmentId, ImageId},
    server::{
        clock::SystemClock,
        config::Settings,
        domain::{attachments::attachment_blob, images::blob_name, ports::Clock},
        store::checking::{Checker, EXAMPLES, Fault, FileKind, KeptFile},
    },
};

/// A file comes before its row. One that is younger may get it yet.
const UNNAMED: Duration = Duration::from_secs(60 * 60);

/// What was found, as it is now.
#[derive(Debug, Default)]
pub struct Checked {
    /// Rows that do not agree with others.
    pub faults: Vec<Fault>,
    /// Files that a row tells of and that are not there.
    pub missing: Vec<String>,
    /// Files that are not as long as their rows say.
    pub wrong_length: Vec<String>,
    /// Files that no row tells of.
    pub unnamed: Vec<String>,
    /// How many rows of each rule were set right.
    pub repaired: HashMap<&'static str, u64>,
}

impl Checked {
    /// Whether everything agrees.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.faults.is_empty() && self.missing.is_empty() && self.wrong_length.is_empty() && self.unnamed.is_empty()
    }

    /// What was found, a line for each kind.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for (rule, count) in self.repaired.iter().collect::<BTreeMap<_, _>>() {
            lines.push(format!("{rule}: {count} set right"));
        }
        for Fault { rule, about, ids, examples, is_repairable } in &self.faults {
            let help = if *is_repairable { "; --repair sets it right" } else { "" };
            lines.push(format!("{rule}: {about}, {} times: {}{help}", ids.len(), listed(examples, ids.len())));
        }
        for (what, files) in [
            ("files that are missing", &self.missing),
            ("files of another length than stored", &self.wrong_length),
            ("files that nothing refers to, which may be removed", &self.unnamed),
        ] {
            if !files.is_empty() {
                lines.push(format!("{what}, {}: {}", files.len(), listed(files, files.len())));
            }
        }
        if self.is_clean() {
            lines.push("The data agrees with itself and with the files.".to_owned());
        }
        lines
    }
}

fn listed(examples: &[String], of: usize) -> String {
    let shown = examples.iter().take(EXAMPLES).cloned().collect::<Vec<_>>().join(", ");
    if of > EXAMPLES { format!("{shown}, …") } else { shown }
}

/// The name of a file that a row tells of.
pub(super) fn blob_of(file: KeptFile) -> String {
    match file.kind {
        FileKind::Image => blob_name(ImageId::new(file.id)),
        FileKind::Attachment => attachment_blob(AttachmentId::new(file.id)),
    }
}

/// Looks at everything, and with `repair` counts anew what is derived. `None` when there is no community of this version yet.
///
/// # Errors
/// When the database or the files cannot be read.
pub async fn check(settings: &Settings, repair: bool) -> Result<Option<Checked>, UpkeepError> {
    let Some(mut checker) = Checker::open(&settings.database_url).await? else { return Ok(None) };
    let (mut faults, mut files) = checker.find().await?;
    let mut repaired = HashMap::new();
    if repair && !faults.is_empty() {
        repaired = checker.repair(&faults).await?;
        (faults, files) = checker.find().await?;
    }
    let mut checked = Checked { faults, repaired, ..Checked::default() };
    compare_files(settings, &mut checker, files, &mut checked).await?;
    checker.close().await?;
    Ok(Some(checked))
}

async fn compare_files(
    settings: &Settings,
    checker: &mut Checker,
    files: Vec<KeptFile>,
    checked: &mut Checked,
) -> Result<(), UpkeepError> {
    let kept = Files::of(settings)?.list().await?;
    let kept = kept.into_iter().map(|blob| (blob.name.clone(), blob)).collect::<HashMap<_, _>>();
    for file in &files {
        let name = blob_of(*file);
        match kept.get(&name) {
            None => checked.missing.push(name),
            Some(blob) if blob.bytes != file.bytes => checked.wrong_length.push(name),
            Some(_) => {}
        }
    }
    if !checked.missing.is_empty() {
        // What was deleted while we looked is not missing.
        let still = checker.files().await?.into_iter().map(blob_of).collect::<HashSet<_>>();
        checked.missing.retain(|name| still.contains(name));
    }
    let named = files.into_iter().map(blob_of).collect::<HashSet<_>>();
    let before = SystemClock.now().minus(UNNAMED);
    let unnamed = kept.into_values().filter(|blob| !named.contains(&blob.name) && blob.changed_at < before);
    checked.unnamed = unnamed.map(|blob| blob.name).collect();
    checked.unnamed.sort_unstable();
    Ok(())
}

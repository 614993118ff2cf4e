//! Files that are pasted or dropped.

use leptos::ev;
use web_sys::FileList;

/// Whether what is dragged are files; a dragged text goes into the box, as everywhere.
#[must_use]
pub fn brings_files(event: &ev::DragEvent) -> bool {
    event.data_transfer().is_some_and(|data| data.types().includes(&"Files".into(), 0))
}

/// Takes dropped files from the browser, which would open them.
#[must_use]
pub fn dropped_files(event: &ev::DragEvent) -> Option<FileList> {
    taken(event, event.data_transfer().as_ref())
}

/// Takes pasted files. Where a text is offered too it is meant: a spreadsheet's cells come with a picture of them.
#[must_use]
pub fn pasted_files(event: &ev::ClipboardEvent) -> Option<FileList> {
    let data = event.clipboard_data();
    let is_file = data.as_ref().is_some_and(|data| data.get_data("text/plain").is_ok_and(|text| text.is_empty()));
    taken(event, data.as_ref().filter(|_| is_file))
}

fn taken(event: &web_sys::Event, data: Option<&web_sys::DataTransfer>) -> Option<FileList> {
    let files = data.and_then(web_sys::DataTransfer::files).filter(|files| files.length() > 0)?;
    event.prevent_default();
    Some(files)
}

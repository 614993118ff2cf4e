//! Files as people upload them: what they are, told by their content, and what they may be called.

use super::validation::clean;
use crate::protocol::limits::FILE_NAME_MAX_CHARS;

/// How much of the beginning of a file is looked at: office documents say what they are in their second or third entry.
pub const HEAD_BYTES: usize = 8 * 1024;

/// An ending is part of a name up to this length, in characters; what is longer is a sentence with a dot in it.
const ENDING_MAX_CHARS: usize = 16;

/// A row of bytes.
pub const BYTES: &str = "application/octet-stream";

/// Media types that a file may be served under; it is a download in any case. What is not here is a row of bytes.
const NAMED_TYPES: &[&str] = &[
    "application/epub+zip",
    "application/gzip",
    "application/msword",
    "application/pdf",
    "application/rtf",
    "application/vnd.ms-excel",
    "application/vnd.ms-powerpoint",
    "application/vnd.oasis.opendocument.presentation",
    "application/vnd.oasis.opendocument.spreadsheet",
    "application/vnd.oasis.opendocument.text",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/x-7z-compressed",
    "application/x-tar",
    "application/zip",
    "audio/m4a",
    "audio/mpeg",
    "audio/ogg",
    "audio/x-flac",
    "audio/x-wav",
    "video/mp4",
    "video/quicktime",
    "video/webm",
];

/// What the first bytes of a file say it is; the decoder of a picture has the last word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// Perhaps a picture that can be shown.
    Picture,
    /// Sound as browsers record it: its media type, and the ending of its name.
    Recording(&'static str, &'static str),
    /// Anything else, with its media type.
    File(&'static str),
}

/// What a file that begins with `head` is. `voice`: it was sent as recorded speech. A recording is WebM, Ogg or MP4: the
/// first two are what Chromium and Firefox make of Opus, the third is Safari's.
#[must_use]
pub fn content_of(head: &[u8], voice: bool) -> Content {
    let found = infer::get(head).map_or(BYTES, |kind| kind.mime_type());
    match found {
        "image/jpeg" | "image/png" | "image/webp" | "image/gif" if !voice => Content::Picture,
        "video/webm" if voice => Content::Recording("audio/webm", "webm"),
        "audio/opus" | "audio/ogg" if voice => Content::Recording("audio/ogg", "ogg"),
        "video/mp4" | "audio/m4a" | "video/x-m4v" if voice => Content::Recording("audio/mp4", "m4a"),
        "audio/opus" => Content::File("audio/ogg"),
        found if NAMED_TYPES.contains(&found) => Content::File(found),
        _ => Content::File(BYTES),
    }
}

/// The ending that goes with what a picture was re-encoded to.
#[must_use]
pub fn picture_ending(content_type: &str) -> &'static str {
    match content_type {
        "image/webp" => "webp",
        "image/png" => "png",
        "image/gif" => "gif",
        _ => "jpg",
    }
}

/// A name as the uploader's system gave it, made fit for every system: no folders, nothing that cannot be seen or turns
/// the reading direction, not hidden, at most [`FILE_NAME_MAX_CHARS`] characters of which the ending stays. `fallback`
/// when nothing is left.
#[must_use]
pub fn file_name(given: &str, fallback: &str) -> String {
    let last = given.rsplit(['/', '\\']).next().unwrap_or_default();
    let seen: String = clean(last).chars().filter(|c| !is_unseen(*c)).collect();
    let words = seen.split_whitespace().collect::<Vec<_>>().join(" ");
    let name = words.trim_start_matches(['.', ' ']).trim_end_matches(['.', ' ']);
    if name.is_empty() {
        return fallback.to_owned();
    }
    let (stem, ending) = parts(name);
    joined(stem, ending)
}

/// The name with another ending, unless it has one of `fitting` already.
#[must_use]
pub fn with_ending(name: &str, ending: &str, fitting: &[&str]) -> String {
    let (stem, own) = parts(name);
    match own {
        Some(own) if own.eq_ignore_ascii_case(ending) || fitting.iter().any(|fits| own.eq_ignore_ascii_case(fits)) => {
            name.to_owned()
        }
        _ => joined(stem, Some(ending)),
    }
}

/// The marks that [`clean`] lets pass in texts, where they belong between letters: in a name they only mislead.
const fn is_unseen(c: char) -> bool {
    matches!(c, '\n' | '\u{061C}' | '\u{200B}'..='\u{200F}' | '\u{2028}' | '\u{2029}' | '\u{2060}' | '\u{FEFF}')
}

fn parts(name: &str) -> (&str, Option<&str>) {
    match name.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() && is_ending(ending) => (stem, Some(ending)),
        _ => (name, None),
    }
}

fn is_ending(text: &str) -> bool {
    !text.is_empty() && text.chars().count() <= ENDING_MAX_CHARS && !text.contains(' ')
}

fn joined(stem: &str, ending: Option<&str>) -> String {
    let room = FILE_NAME_MAX_CHARS - ending.map_or(0, |ending| ending.chars().count() + 1);
    let stem: String = stem.chars().take(room).collect();
    match ending {
        Some(ending) => format!("{}.{ending}", stem.trim_end()),
        None => stem.trim_end().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_loses_its_folders_and_what_cannot_be_seen() {
        for (given, kept) in [
            ("notes.txt", "notes.txt"),
            ("../../etc/passwd", "passwd"),
            (r"C:\Users\ana\plan.pdf", "plan.pdf"),
            ("invoice\u{202E}fdp.exe", "invoicefdp.exe"),
            ("a\u{0}b\r\nc\u{200F}.txt", "abc.txt"),
            ("  two   words . txt ", "two words . txt"),
            (".bashrc", "bashrc"),
            ("..", "file"),
            ("", "file"),
            ("trailing. . ", "trailing"),
            ("日本語 🎉.md", "日本語 🎉.md"),
        ] {
            assert_eq!(file_name(given, "file"), kept, "{given:?}");
        }
    }

    #[test]
    fn a_long_name_keeps_its_ending() {
        let name = file_name(&format!("{}.tar", "ä".repeat(300)), "file");
        assert_eq!((name.chars().count(), name.ends_with("ä.tar")), (FILE_NAME_MAX_CHARS, true));
        assert_eq!(file_name(&"x".repeat(300), "file").chars().count(), FILE_NAME_MAX_CHARS);
        assert_eq!(file_name(&format!("a.{}", "b".repeat(300)), "file").chars().count(), FILE_NAME_MAX_CHARS);
    }

    #[test]
    fn the_ending_says_what_the_file_became() {
        assert_eq!(with_ending("cat.png", "jpg", &["jpeg"]), "cat.jpg");
        assert_eq!(with_ending("cat.JPEG", "jpg", &["jpeg"]), "cat.JPEG");
        assert_eq!(with_ending("cat", "webp", &[]), "cat.webp");
        assert_eq!(with_ending(&"x".repeat(120), "webp", &[]).chars().count(), FILE_NAME_MAX_CHARS);
    }

    #[test]
    fn the_content_says_what_a_file_is() {
        assert_eq!(content_of(b"\xff\xd8\xff\xe0 and so on", false), Content::Picture);
        assert_eq!(content_of(b"%PDF-1.7 and so on", false), Content::File("application/pdf"));
        assert_eq!(content_of(b"<!doctype html><script>", false), Content::File(BYTES));
        assert_eq!(content_of(b"<svg xmlns='http://www.w3.org/2000/svg'/>", false), Content::File(BYTES));
        assert_eq!(content_of(b"BM\0\0\0\0", false), Content::File(BYTES));
        assert_eq!(content_of(b"\0\0\0\x18ftypmp42\0\0\0\0", true), Content::Recording("audio/mp4", "m4a"));
        assert_eq!(content_of(b"\0\0\0\x18ftypiso5\0\0\0\0", true), Content::Recording("audio/mp4", "m4a"));
        let mut webm = b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm".to_vec();
        webm.resize(300, 0);
        assert_eq!(content_of(&webm, true), Content::Recording("audio/webm", "webm"));
        assert_eq!(content_of(&webm, false), Content::File("video/webm"));
        assert!(matches!(content_of(b"\xff\xd8\xff\xe0", true), Content::File(_)), "a picture is no recording");
    }
}

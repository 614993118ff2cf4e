//! The file of a backup: a tar, compressed with gzip, whose last entry is a list of all others with their checksums.

use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions},
    io::{self, BufReader, BufWriter, Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Component, Path},
};

use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tar::{Archive, Builder, EntryType, Header};

/// The database in an archive: always an SQLite file, whatever it came from.
pub const DATABASE: &str = "hubbub.db";
/// The folder of what people uploaded.
pub const UPLOADS: &str = "uploads";
/// The keys that a server generated.
pub const KEYS: [&str; 2] = ["secrets.toml", "push.toml"];
/// The list of everything.
const MANIFEST: &str = "manifest.json";

/// What is in an archive, and how it is arranged; a program reads those that it knows.
const FORMAT: u32 = 1;
/// The longest list that is read, in bytes: a million files.
const MANIFEST_MAX: u64 = 256 * 1024 * 1024;
/// What is read and written at once.
const BUFFER_BYTES: usize = 64 * 1024;

/// The list of everything in an archive.
#[derive(Debug, Serialize, Deserialize)]
pub struct Manifest {
    format: u32,
    /// The version of the program that wrote it.
    pub program: String,
    /// When it was begun, in milliseconds since 1970.
    pub taken_at: u64,
    /// Everything, by name.
    pub files: BTreeMap<String, Packed>,
}

/// A file in an archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Packed {
    /// How long it is.
    pub bytes: u64,
    /// In hex.
    pub sha256: String,
}

/// Reads, and counts and digests what it read.
struct Digesting<R> {
    from: R,
    bytes: u64,
    digest: Sha256,
}

impl<R: Read> Digesting<R> {
    fn new(from: R) -> Self {
        Self { from, bytes: 0, digest: Sha256::new() }
    }

    fn packed(self) -> Packed {
        Packed { bytes: self.bytes, sha256: hex::encode(self.digest.finalize()) }
    }
}

impl<R: Read> Read for Digesting<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(buffer)?;
        self.digest.update(buffer.get(..read).unwrap_or_default());
        self.bytes += read as u64;
        Ok(read)
    }
}

/// A file for its owner's eyes only, emptied if it is there.
fn private_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)
}

/// Writes an archive, an entry at a time.
pub struct Packer {
    tar: Builder<GzEncoder<BufWriter<File>>>,
    files: BTreeMap<String, Packed>,
}

impl Packer {
    /// Begins the file.
    pub fn begin(path: &Path) -> io::Result<Self> {
        let file = BufWriter::with_capacity(BUFFER_BYTES, private_file(path)?);
        // Pictures and sound do not shrink, so more effort would be spent on the texts alone.
        Ok(Self { tar: Builder::new(GzEncoder::new(file, Compression::fast())), files: BTreeMap::new() })
    }

    /// Adds a file from the disk.
    pub fn add_file(self, name: &str, path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let bytes = file.metadata()?.len();
        self.add(name, BufReader::with_capacity(BUFFER_BYTES, file), bytes)
    }

    /// Adds so many bytes.
    pub fn add(mut self, name: &str, from: impl Read, bytes: u64) -> io::Result<Self> {
        let mut from = Digesting::new(from.take(bytes));
        self.tar.append_data(&mut header(bytes), name, &mut from)?;
        let packed = from.packed();
        if packed.bytes != bytes {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, format!("{name} became shorter meanwhile")));
        }
        self.files.insert(name.to_owned(), packed);
        Ok(self)
    }

    /// Adds the list and makes sure that all of it is on the disk. How many files, and how long the archive is.
    pub fn finish(mut self, taken_at: u64) -> io::Result<(u64, u64)> {
        let files = self.files.len() as u64;
        let program = env!("CARGO_PKG_VERSION").to_owned();
        let manifest = serde_json::to_vec_pretty(&Manifest { format: FORMAT, program, taken_at, files: self.files })?;
        self.tar.append_data(&mut header(manifest.len() as u64), MANIFEST, manifest.as_slice())?;
        let file = self.tar.into_inner()?.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.sync_all()?;
        Ok((files, file.metadata()?.len()))
    }
}

fn header(bytes: u64) -> Header {
    let mut header = Header::new_gnu();
    header.set_size(bytes);
    header.set_mode(0o600);
    header
}

/// Unpacks an archive into an empty folder, and compares everything with its list. What is wrong with it, in words.
pub fn unpack(archive: &Path, folder: &Path) -> Result<Manifest, String> {
    let file = File::open(archive).map_err(|cause| cause.to_string())?;
    let mut entries = Archive::new(GzDecoder::new(BufReader::with_capacity(BUFFER_BYTES, file)));
    let (mut files, mut manifest) = (BTreeMap::<String, Packed>::new(), None::<Manifest>);
    let unreadable = |cause: io::Error| format!("it breaks off or was changed ({cause})");
    for entry in entries.entries().map_err(unreadable)? {
        let mut entry = entry.map_err(unreadable)?;
        let name = entry.path().map_err(unreadable)?.to_string_lossy().into_owned();
        if entry.header().entry_type() != EntryType::Regular || !is_ours(&name) {
            return Err(format!("{name:?} does not belong into a backup"));
        }
        if manifest.is_some() || files.contains_key(&name) {
            return Err(format!("{name:?} is there twice or after the list"));
        }
        if name == MANIFEST {
            let mut text = Vec::new();
            entry.take(MANIFEST_MAX).read_to_end(&mut text).map_err(unreadable)?;
            manifest = Some(serde_json::from_slice::<Manifest>(&text).map_err(|cause| format!("its list: {cause}"))?);
        } else {
            let packed = write(Digesting::new(&mut entry), &folder.join(&name)).map_err(unreadable)?;
            files.insert(name, packed);
        }
    }
    // What is compressed ends with a checksum of its own.
    io::copy(&mut entries.into_inner(), &mut io::sink()).map_err(unreadable)?;
    let manifest = manifest.ok_or("it has no list: it breaks off")?;
    compare(manifest, &files)
}

fn compare(manifest: Manifest, files: &BTreeMap<String, Packed>) -> Result<Manifest, String> {
    if manifest.format != FORMAT {
        return Err(format!("it was written by Hubbub {}, in a way that this one does not know", manifest.program));
    }
    if let Some(name) = manifest.files.keys().find(|name| !files.contains_key(*name)) {
        return Err(format!("{name} is missing"));
    }
    for (name, packed) in files {
        if manifest.files.get(name) != Some(packed) {
            return Err(format!("{name} is not what was written"));
        }
    }
    if !files.contains_key(DATABASE) {
        return Err(format!("{DATABASE} is missing"));
    }
    Ok(manifest)
}

/// Whether a backup writes files of this name: none of them leads out of the folder.
fn is_ours(name: &str) -> bool {
    let parts = Path::new(name).components().collect::<Vec<_>>();
    let is_plain = parts.iter().all(|part| matches!(part, Component::Normal(_)));
    let is_upload = parts.len() == 3 && parts.first() == Some(&Component::Normal(UPLOADS.as_ref()));
    is_plain && (name == DATABASE || name == MANIFEST || KEYS.contains(&name) || is_upload)
}

fn write(mut from: Digesting<impl Read>, path: &Path) -> io::Result<Packed> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut file = BufWriter::with_capacity(BUFFER_BYTES, private_file(path)?);
    io::copy(&mut from, &mut file)?;
    file.flush()?;
    file.get_ref().sync_all()?;
    Ok(from.packed())
}

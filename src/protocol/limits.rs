//! How long and how many: the bounds that the server enforces and the browser shows before it sends.

/// A post, in Unicode characters.
pub const POST_MAX_CHARS: usize = 5_000;
/// A comment or a reply, in Unicode characters.
pub const COMMENT_MAX_CHARS: usize = 2_000;
/// Pictures on one post.
pub const POST_MAX_IMAGES: usize = 4;
/// The description of a picture for those who cannot see it, in characters.
pub const ALT_MAX_CHARS: usize = 1_000;
/// One uploaded picture, in bytes, before it is re-encoded.
pub const IMAGE_MAX_BYTES: usize = 10 * 1024 * 1024;
/// Width or height of an uploaded picture, in pixels.
pub const IMAGE_MAX_SIDE_PX: u32 = 8_192;
/// A username, in characters: lowercase letters, digits, `_`, `.`; starts with a letter.
pub const USERNAME_MIN_CHARS: usize = 2;
/// See [`USERNAME_MIN_CHARS`].
pub const USERNAME_MAX_CHARS: usize = 30;
/// A full name, in characters.
pub const FULL_NAME_MAX_CHARS: usize = 80;
/// An e-mail address, in bytes (RFC 5321 allows 254).
pub const EMAIL_MAX_BYTES: usize = 254;
/// A bio, in characters.
pub const BIO_MAX_CHARS: usize = 300;
/// A password, in characters.
pub const PASSWORD_MIN_CHARS: usize = 10;
/// A password, in bytes: bounded before it is hashed.
pub const PASSWORD_MAX_BYTES: usize = 256;
/// Strength a password must reach, on the 0 to 4 scale of zxcvbn.
pub const PASSWORD_MIN_STRENGTH: u8 = 3;
/// A page of a list unless `limit` says otherwise.
pub const PAGE_DEFAULT: usize = 20;
/// The longest page of a list.
pub const PAGE_MAX: usize = 100;
/// Posts one connection may watch at once.
pub const WATCHED_POSTS_MAX: usize = 200;
/// One WebSocket message from a client, in bytes; a larger one closes the connection with 1009.
pub const FRAME_MAX_BYTES: usize = 64 * 1024;
/// How long a deleted post or comment can be brought back, in milliseconds.
pub const UNDO_WINDOW_MS: u64 = 60_000;
/// People one person may follow.
pub const FOLLOWING_MAX: usize = 5_000;

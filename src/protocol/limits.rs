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
/// People whose presence one connection may watch at once.
pub const WATCHED_PEOPLE_MAX: usize = 200;
/// Who does nothing for this long is shown as idle, in milliseconds.
pub const IDLE_AFTER_MS: u64 = 5 * 60 * 1_000;
/// One WebSocket message from a client, in bytes; a larger one closes the connection with 1009.
pub const FRAME_MAX_BYTES: usize = 64 * 1024;
/// How long a deleted post or comment can be brought back, in milliseconds.
pub const UNDO_WINDOW_MS: u64 = 60_000;
/// A message in a conversation, in characters.
pub const MESSAGE_MAX_CHARS: usize = 4_000;
/// One file in a message, in bytes. A picture is held to [`IMAGE_MAX_BYTES`].
pub const ATTACHMENT_MAX_BYTES: usize = 25 * 1024 * 1024;
/// One voice message, in bytes: five minutes of Opus at the 32 kbit/s that browsers record speech with, with room.
pub const VOICE_MAX_BYTES: usize = 4 * 1024 * 1024;
/// One voice message, in milliseconds.
pub const VOICE_MAX_MS: u64 = 5 * 60 * 1_000;
/// The steps in which the loudness of a voice message is told.
pub const WAVEFORM_MAX_BARS: usize = 64;
/// The name of a file, in characters.
pub const FILE_NAME_MAX_CHARS: usize = 120;
/// What stands of a message above a reply to it, in characters.
pub const QUOTE_MAX_CHARS: usize = 160;
/// The title of a group, in characters.
pub const TITLE_MAX_CHARS: usize = 80;
/// People in one group. A message is put into the queue of each of their devices.
pub const GROUP_MAX_MEMBERS: usize = 250;
/// In conversations with more members than this nobody is told who types.
pub const TYPING_MAX_MEMBERS: usize = 100;
/// Different emoji under one message.
pub const REACTIONS_MAX: usize = 20;
/// Conversations one connection may have on screen at once.
pub const JOINED_CONVERSATIONS_MAX: usize = 20;
/// Changed messages sent to a client that was away, for each conversation; one that missed more loads the newest page.
pub const CHANGES_MAX: usize = 100;
/// Conversations a client may name in one `sync_conversations` or `resume`.
pub const HELD_CONVERSATIONS_MAX: usize = 200;
/// "Ana is typing" is sent at most this often while somebody types, in milliseconds.
pub const TYPING_INTERVAL_MS: u64 = 2_000;
/// The receiver forgets that somebody types after this long without news, in milliseconds.
pub const TYPING_EXPIRES_MS: u64 = 5_000;
/// People one person may follow.
pub const FOLLOWING_MAX: usize = 5_000;
/// The title of a job, in characters.
pub const JOB_TITLE_MAX_CHARS: usize = 120;
/// The place of a job, in characters.
pub const JOB_PLACE_MAX_CHARS: usize = 120;
/// The text of a job, in characters.
pub const JOB_MAX_CHARS: usize = 5_000;
/// What somebody writes to apply, in characters.
pub const APPLICATION_NOTE_MAX_CHARS: usize = 2_000;
/// Jobs that one person has open at once.
pub const OPEN_JOBS_MAX: usize = 50;
/// People told by name with a notification; the rest are counted.
pub const ACTORS_SHOWN: usize = 3;
/// A notification that changes again and again is told at most this often, in milliseconds; the first is told at once.
pub const NOTIFICATION_INTERVAL_MS: u64 = 3_000;
/// A badge counts up to this many.
pub const BADGE_MAX: u64 = 99;
/// The text of `POST /api/ws/test-notification`, in characters.
pub const TEST_NOTIFICATION_MAX_CHARS: usize = 500;
/// People one person may be connected with.
pub const CONNECTIONS_MAX: usize = 5_000;
/// Requests to connect of one person that wait for an answer.
pub const CONNECTION_REQUESTS_MAX: usize = 200;
/// Who was declined may ask the same person again after this long, in milliseconds: a week.
pub const CONNECTION_ASK_AGAIN_MS: u64 = 7 * 24 * 60 * 60 * 1_000;
/// Why somebody is suspended, in characters.
pub const SUSPENSION_REASON_MAX_CHARS: usize = 300;
/// How long somebody is suspended, in days, unless it is for good.
pub const SUSPENSION_MAX_DAYS: u32 = 365;
/// The title of an announcement, in characters.
pub const ANNOUNCEMENT_TITLE_MAX_CHARS: usize = 120;
/// The text of an announcement, in characters.
pub const ANNOUNCEMENT_MAX_CHARS: usize = 5_000;
/// How long an announcement counts as unread unless it says otherwise, in days.
pub const ANNOUNCEMENT_DAYS: u32 = 14;
/// How far ahead an announcement may begin, and how long it may be told, in days.
pub const ANNOUNCEMENT_AHEAD_DAYS: u32 = 366;
/// For so long after joining somebody is a newcomer, in days.
pub const NEWCOMER_DAYS: u64 = 30;
/// Devices of one person that take pushes.
pub const PUSH_DEVICES_MAX: usize = 20;
/// The name of a personal access token, in characters.
pub const TOKEN_NAME_MAX_CHARS: usize = 60;
/// Personal access tokens that one person has at once.
pub const TOKENS_MAX: usize = 20;
/// How long a personal access token holds at most, in days.
pub const TOKEN_MAX_DAYS: u32 = 365;
/// How long it holds unless it says otherwise, in days.
pub const TOKEN_DEFAULT_DAYS: u32 = 30;

/// What goes with an event of the community's own, in bytes of JSON: it is answered over the same connection, whose queue
/// holds four of them.
pub const CUSTOM_DATA_MAX_BYTES: usize = 16 * 1024;

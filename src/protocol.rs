//! Ground floor: everything that crosses the network, as typed values shared by the server and the browser.
//!
//! Nothing here names another floor, opens a connection or reads a clock. A new live event is a variant of
//! [`events::ServerEvent`]; a new client command is a variant of [`commands::ClientCommand`]; the compiler then asks for
//! the rest.

pub mod announcements;
pub mod appearance;
pub mod attachments;
pub mod commands;
pub mod conversations;
pub mod crop;
pub mod errors;
pub mod events;
pub mod ids;
pub mod jobs;
pub mod limits;
pub mod notifications;
pub mod push;
pub mod reference;
pub mod requests;
pub mod time;
pub mod tokens;
pub mod views;

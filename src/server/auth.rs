//! Who is asking: sessions and tokens, turned into an actor.

pub mod asker;
pub mod cookies;
pub mod device;
pub mod limits;
pub mod passwords;
pub mod revoked;
pub mod tokens;
